import type { EffectOptions } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { connectionTo } from '../outside/address.ts'
import { missingRights, refuseOtherVersion, unusable } from '../outside/refusals.ts'
import type { Access, Server } from './kind.ts'
import { readRights, rightsQuery, rolesQuery } from './postgres-sql.ts'

/** What is different with a PostgreSQL outside Docker: one database of it is the app's, and the user may do little. */

type Query = (database: string, statements: readonly string[]) => Promise<string>

/** Somewhere to stand while databases change names. Which one lets the user in, only trying tells. */
const others = ['postgres', 'template1']

export function outsideServer(server: Server): (Server & { access: Access }) | undefined {
  return server.access === undefined ? undefined : { ...server, access: server.access }
}

/** @throws MuelleError DATABASE_UNUSABLE when the user is let into the app's database only */
export async function findOther({ access }: { access: Access }, query: Query): Promise<string> {
  const refusals: MuelleError[] = []
  for (const name of others.filter((each) => each !== access.database)) {
    const refusal = await query(name, ['SELECT 1']).then(() => undefined, asRefusal)
    if (refusal === undefined) return name
    refusals.push(refusal)
  }
  throw refusals[0] ?? new Error('there are two')
}

function asRefusal(error: unknown): MuelleError {
  if (error instanceof MuelleError) return error
  throw error
}

/** @throws MuelleError DATABASE_UNUSABLE unless the programs of the image are of the server's version */
export async function refuseVersion(server: Server & { access: Access }, query: Query): Promise<void> {
  const { access, image, service } = server
  const said = await server.run('pg_dump', ['--version'], { isInServer: true })
  const client = Number(/\(PostgreSQL\) (\d+)/.exec(said)?.[1])
  const number = await query(access.database, ["SELECT current_setting('server_version_num')::int / 10000"])
  refuseOtherVersion({ service, at: access.at }, { server: Number(number), client }, image)
}

/** What a drill needs to know of the roles; their passwords only a superuser may read, and they stay where they are. */
export async function dumpRoleNames(
  { access, run }: Server & { access: Access },
  { to }: { to(database: string): string },
  { file, ...options }: EffectOptions & { file: string },
): Promise<void> {
  const argv = ['--no-psqlrc', '--no-align', '--tuples-only', '--no-password', '--set=ON_ERROR_STOP=1']
  const where = [`--dbname=${to(access.database)}`, `--output=${file}`]
  await run('psql', [...argv, ...where, '--command', rolesQuery], { ...options, env: access.env })
}

/**
 * Before anything is loaded: a restore that stops half-way would leave the maintenance page up for nothing.
 * @throws MuelleError DATABASE_UNUSABLE with the statements that give the user what it lacks
 */
export async function refuseWithoutRights(server: Server & { access: Access }, query: Query): Promise<void> {
  const { access, service } = server
  await refuseVersion(server, query)
  const { database, user } = access
  const hasOther = await findOther(server, query).then(
    () => true,
    () => false,
  )
  const rights = readRights(await query(database, [rightsQuery]))
  const missing = missingRights({ database, user }, { ...rights, hasOther })
  if (missing.length === 0) return
  throw unusable(
    { service },
    `${user} may not do at ${access.at} what a restore needs, which is to make databases and to change their names`,
    {
      hint: `Nothing was changed. Let the administrator of the server give it:  ${missing.join('   and   ')}`,
    },
  )
}

/** For `--dbname`. */
export function target({ access }: Pick<Server, 'access'>, database: string): string {
  return access === undefined ? database : connectionTo(database, access.database)
}
