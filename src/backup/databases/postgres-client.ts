import type { EffectOptions, ToolOptions } from '../../engine/port.ts'
import type { PostgresDump } from '../manifest.ts'
import type { Server } from './kind.ts'
import { findOther, outsideServer, target } from './postgres-outside.ts'
import { factsScript } from './postgres-sql.ts'

/** Nobody is connected to it, and every server has it. */
export const maintenance = 'template1'

export interface Client {
  run: Server['run']
  /** A database for `--dbname`. */
  to(database: string): string
  read(path: string): Promise<string>
  /** Each statement by itself; the answers without heads, a row a line. */
  query(database: string, statements: readonly string[]): Promise<string>
  /** The same where nothing of the app is in the way. */
  administer(statements: readonly string[]): Promise<string>
  /** psql on its standard input. */
  session(database: string, options: ToolOptions): Promise<string>
  /** What is in a database now; the transaction stays open until `until` is settled. */
  facts(database: string, options: EffectOptions & { until?: Promise<unknown> }): Promise<string>
}

/** Over the network of its container, where the official images ask for the password that they were made with. */
export function connect(server: Server, user: string): Client {
  const run: Server['run'] = async (program, argv, options = {}) => {
    const outside = server.access?.env
    const password = outside === undefined ? await server.variable('POSTGRES_PASSWORD') : undefined
    const env = outside ?? (password === undefined ? {} : { PGPASSWORD: password })
    const login = outside === undefined ? ['--host=127.0.0.1', `--username=${user}`] : []
    return server.run(program, [...login, '--no-password', ...argv], { ...options, env })
  }
  const to: Client['to'] = (database) => target(server, database)
  const psql = ['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--set=ON_ERROR_STOP=1']
  const session: Client['session'] = (database, options) =>
    run('psql', [...psql, `--dbname=${to(database)}`], { ...options, isInServer: true })
  const query: Client['query'] = (database, statements) => {
    const commands = statements.flatMap((text) => ['--command', text])
    const argv = [...psql, `--dbname=${to(database)}`, ...commands]
    return run('psql', argv, { isInServer: true })
  }
  return {
    run,
    to,
    read: (path) => server.run('cat', [path]),
    query,
    administer: async (statements) => {
      const outside = outsideServer(server)
      return query(outside === undefined ? maintenance : await findOther(outside, query), statements)
    },
    session,
    facts: (database, options) => session(database, { ...options, input: factsScript }),
  }
}

/** A scratch server has the user of the dump; the app's own may have another by now. */
export async function userOf(server: Server, dump?: PostgresDump): Promise<string> {
  return server.access?.user ?? (await server.variable('POSTGRES_USER')) ?? dump?.user ?? 'postgres'
}
