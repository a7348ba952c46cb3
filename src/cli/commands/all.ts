import type { Command } from '../command.ts'
import { agent } from './agent.ts'
import { backup } from './backup.ts'
import { canary } from './canary.ts'
import { certificates } from './certificates.ts'
import { check } from './check.ts'
import { down } from './down.ts'
import { eject } from './eject.ts'
import { exec } from './exec.ts'
import { init } from './init.ts'
import { logs } from './logs.ts'
import { maintenance } from './maintenance.ts'
import { notify } from './notify.ts'
import { plan } from './plan.ts'
import { promote } from './promote.ts'
import { recover } from './recover.ts'
import { rehearse } from './rehearse.ts'
import { releases } from './releases.ts'
import { restart } from './restart.ts'
import { rollback } from './rollback.ts'
import { run } from './run.ts'
import { scale } from './scale.ts'
import { secrets } from './secrets.ts'
import { source } from './source.ts'
import { status } from './status.ts'
import { up } from './up.ts'
import { update } from './update.ts'
import { updates } from './updates.ts'
import { version } from './version.ts'

/** In the order in which `muelle help` lists them. */
export const commands: readonly Command[] = [
  init,
  up,
  plan,
  check,
  status,
  releases,
  rollback,
  promote,
  canary,
  scale,
  restart,
  maintenance,
  backup,
  update,
  rehearse,
  updates,
  source,
  notify,
  agent,
  recover,
  certificates,
  secrets,
  logs,
  exec,
  run,
  eject,
  down,
  version,
]
