import type { ServerDump } from '../manifest.ts'
import type { DatabaseKind } from './kind.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'

export const databaseKinds: Readonly<Record<ServerDump['kind'], DatabaseKind>> = { postgres, mysql, redis }
