import type { EffectOptions } from '../../engine/port.ts'
import { inside } from '../restic.ts'
import { dumpFailed } from './failures.ts'
import type { Server, ServerOptions } from './kind.ts'

/** The programs of MySQL, or those of MariaDB, which has others names and options for the same. */
export interface Client {
  isMaria: boolean
  service: string
  /** What statements print, a row a line, with nothing escaped. They are read from the standard input: some have hashes. */
  query(
    script: string,
    options?: EffectOptions & { until?: Promise<unknown>; database?: string },
  ): Promise<string>
  /** The same; statements that fail are left out. */
  attempt(script: string, database?: string): Promise<void>
  /** Runs a dump. */
  source(database: string, file: string, options?: EffectOptions): Promise<void>
  /** Dumps into a file. */
  dump(database: string, argv: readonly string[], options?: EffectOptions): Promise<void>
  read(path: string): Promise<string>
  write(path: string, text: string): Promise<void>
  move(from: string, to: string): Promise<void>
  copy(from: string, to: string): Promise<void>
  /** Names of the files beside the dumps. */
  files(): Promise<Set<string>>
}

/** No matter what the client's own limit is, the server has let a row in. */
const anyRow = '--max-allowed-packet=1G'

/** Over the network of its container, as root, who alone may make databases and see everybody's code. */
export async function connect(server: Server): Promise<Client> {
  const isMaria = await server.has('mariadb-dump')
  const run = async (program: string, argv: readonly string[], options: ServerOptions = {}) => {
    const password = await passwordOf(server)
    const env = password === undefined ? {} : { MYSQL_PWD: password }
    const how = [
      '--host=127.0.0.1',
      '--protocol=tcp',
      '--user=root',
      '--default-character-set=utf8mb4',
      anyRow,
    ]
    return server.run(program, [...how, ...argv], { ...options, env })
  }
  const program = isMaria ? 'mariadb' : 'mysql'
  const batch = ['--batch', '--raw', '--skip-column-names', '--unbuffered']
  // Without the first, MariaDB goes on after an error; MySQL takes no commands from files unless told.
  const sourcing = isMaria ? ['--abort-source-on-error'] : ['--loose-commands', '--loose-skip-system-command']
  return {
    isMaria,
    service: server.service,
    // Without its end, the client waits for more of the last line.
    query: (script, { database, ...options } = {}) =>
      run(program, [...batch, ...(database === undefined ? [] : [`--database=${database}`])], {
        ...options,
        isInServer: true,
        input: `${script}\n`,
      }),
    attempt: async (script, database) => {
      const input = `${script}\n`
      const where = database === undefined ? [] : [`--database=${database}`]
      await run(program, [...batch, '--force', ...where], { isInServer: true, input }).catch(() => undefined)
    },
    source: async (database, file, options) => {
      const argv = [...sourcing, `--database=${database}`, `--execute=source ${inside.dump}/${file}`]
      await run(program, argv, options)
    },
    dump: async (database, argv, options) => {
      const own = isMaria ? [] : ['--set-gtid-purged=OFF']
      const usual = ['--no-tablespaces', '--skip-dump-date', '--hex-blob', '--add-drop-trigger']
      await run(isMaria ? 'mariadb-dump' : 'mysqldump', [...own, ...usual, ...argv, '--', database], options)
    },
    read: (path) => server.run('cat', [path]),
    write: async (path, input) => void (await server.run('tee', [path], { input })),
    move: async (from, to) => void (await server.run('mv', [from, to])),
    copy: async (from, to) => void (await server.run('cp', [from, to])),
    files: async () => new Set((await server.run('ls', ['-1', inside.dump])).split('\n')),
  }
}

/** None where the server lets root in without. @throws MuelleError BACKUP_FAILED where nobody knows it */
async function passwordOf(server: Server): Promise<string | undefined> {
  for (const name of ['MARIADB_ROOT_PASSWORD', 'MYSQL_ROOT_PASSWORD']) {
    const value = await server.variable(name)
    if (value !== undefined) return value
  }
  for (const name of [
    'MARIADB_RANDOM_ROOT_PASSWORD',
    'MYSQL_RANDOM_ROOT_PASSWORD',
    'MARIADB_ROOT_PASSWORD_HASH',
  ])
    if ((await server.variable(name)) !== undefined)
      throw dumpFailed(server.service, `only its log knows the password of root: set MYSQL_ROOT_PASSWORD`, [])
  return undefined
}
