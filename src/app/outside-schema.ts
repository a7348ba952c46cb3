import { z } from 'zod'

/** A name, never a value: what a Compose file says here is kept in files that anybody may read. */
const variable = z
  .string()
  .regex(/^[A-Za-z_]\w*$/, 'write the name of a variable, such as DB_HOST, not its value')

export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

/** Becomes part of the names of containers and volumes. */
const serverName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,30}$/, 'write a short name in lower case, such as shop_db')

/** Databases that no service of the file is. */
export const outsideSchema = z.record(
  serverName,
  z.strictObject({
    image: z.string().min(1),
    service: z.string().min(1).optional(),
    url: variable.optional(),
    host: variable.optional(),
    port: variable.optional(),
    name: variable.optional(),
    user: variable.optional(),
    password: variable.optional(),
    sslmode: z.enum(sslModes).optional(),
    sslrootcert: z.string().min(1).optional(),
  }),
)

export const outsideWords =
  '`outside`: PostgreSQL databases that are no service of the file, on this machine, on another one, or managed, each with a name of its own. `image` is that of the same major version, such as `postgres:17`, whose programs are used, and in which the drill takes place. Where the database is and how to log in is read from the environment of a service (`service`, or the first that has it): `DATABASE_URL`, or `DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USER` and `DB_PASSWORD`; `url`, or `host`, `port`, `name`, `user` and `password`, name other variables, or secrets of the app. `sslmode` and `sslrootcert` (a file of the project) are those of libpq.'

export type OutsideSettings = z.infer<typeof outsideSchema>[string]
