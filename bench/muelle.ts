import { z } from 'zod'
import { nowMs } from './clock.ts'
import type { Contender } from './contender.ts'
import { createInstallation, launcher } from './installation.ts'
import { copyExample } from './project.ts'
import { tearDown } from './tear-down.ts'

/** What `muelle up --json` reports and this bench reads. */
const upResult = z.object({
  timing: z.object({ buildMs: z.number(), bootMs: z.number(), releaseCommandsMs: z.number() }),
})

/** A Muelle of its own on this machine, and a copy of the example app. */
export interface MuelleBed extends Contender {
  /** Runs a command in a container of the app; its stdout. */
  exec(service: string, command: readonly string[]): Promise<string>
}

export async function createMuelleBed(interrupted: AbortSignal): Promise<MuelleBed> {
  const project = await copyExample()
  const { env, muelle, ports } = await createInstallation(project.scratch, interrupted)
  const here = ['-C', project.directory]

  return {
    project,
    target: { port: ports.http, host: 'certificados.localhost', tls: false },
    async deploy(version) {
      await project.change(version)
      const startedAtMs = nowMs()
      const stdout = await muelle(['up', project.directory, '--yes', '--json'])
      return { startedAtMs, to: version, timing: upResult.parse(JSON.parse(stdout)).timing }
    },
    async rollback(to) {
      const startedAtMs = nowMs()
      await muelle(['rollback', ...here])
      return { startedAtMs, to }
    },
    exec: (service, command) => muelle(['exec', ...here, service, ...command]),
    [Symbol.asyncDispose]: () => {
      const down = ['down', project.name, '--volumes', '--confirm', project.name]
      return tearDown(project, { file: launcher, args: down, env })
    },
  }
}
