import type { Command } from '../command.ts'
import { canary } from './canary.ts'
import { down } from './down.ts'
import { exec } from './exec.ts'
import { logs } from './logs.ts'
import { plan } from './plan.ts'
import { recover } from './recover.ts'
import { releases } from './releases.ts'
import { rollback } from './rollback.ts'
import { status } from './status.ts'
import { up } from './up.ts'
import { version } from './version.ts'

/** In the order in which `muelle help` lists them. */
export const commands: readonly Command[] = [
  up,
  plan,
  status,
  releases,
  rollback,
  canary,
  recover,
  logs,
  exec,
  down,
  version,
]
