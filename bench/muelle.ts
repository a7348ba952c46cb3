import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { nowMs } from './clock.ts'
import type { Contender } from './contender.ts'
import { freePorts } from './ports.ts'
import { copyExample } from './project.ts'
import { tearDown } from './tear-down.ts'

const launcher = join(import.meta.dirname, '../muelle')

/** What `muelle up --json` reports and this bench reads. */
const upResult = z.object({
  timing: z.object({ buildMs: z.number(), bootMs: z.number(), releaseCommandsMs: z.number() }),
})

/** A Muelle of its own on this machine, with its own state, gateway and ports, and a copy of the example app. */
export interface MuelleBed extends Contender {
  /** Runs a command in a container of the app; its stdout. */
  exec(service: string, command: readonly string[]): Promise<string>
}

export async function createMuelleBed(interrupted: AbortSignal): Promise<MuelleBed> {
  const project = await copyExample()
  const [httpPort = 0, httpsPort = 0] = await freePorts(2)
  const env = {
    MUELLE_HOME: join(project.scratch, 'home'),
    MUELLE_INSTANCE: `bench-${randomBytes(3).toString('hex')}`,
    MUELLE_HTTP_PORT: String(httpPort),
    MUELLE_HTTPS_PORT: String(httpsPort),
  }
  const muelle = execa({ env, cancelSignal: interrupted, forceKillAfterDelay: 60_000 })
  const here = ['-C', project.directory]

  return {
    project,
    target: { port: httpPort, host: 'certificados.localhost', tls: false },
    async deploy(version) {
      await project.change(version)
      const startedAtMs = nowMs()
      const { stdout } = await muelle(launcher, ['up', project.directory, '--yes', '--json'])
      return { startedAtMs, to: version, timing: upResult.parse(JSON.parse(stdout)).timing }
    },
    async rollback(to) {
      const startedAtMs = nowMs()
      await muelle(launcher, ['rollback', ...here])
      return { startedAtMs, to }
    },
    async exec(service, command) {
      const { stdout } = await muelle(launcher, ['exec', ...here, service, ...command])
      return stdout
    },
    [Symbol.asyncDispose]: () => {
      const down = ['down', project.name, '--volumes', '--confirm', project.name]
      return tearDown(project, { file: launcher, args: down, env })
    },
  }
}
