import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
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
  /** `muelle backup`; what it reports. */
  backup(): Promise<unknown>
  /** Bytes of the repository. */
  repositoryBytes(): Promise<number>
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
    backup: async () => JSON.parse(await muelle(['backup', 'create', ...here, '--json'])),
    repositoryBytes: () => folderBytes(join(env['MUELLE_HOME'] ?? '', 'backups')),
    [Symbol.asyncDispose]: () => {
      const down = ['down', project.name, '--volumes', '--confirm', project.name]
      return tearDown(project, { file: launcher, args: down, env })
    },
  }
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true })
  const found = await Promise.all(names.map((name) => stat(join(folder, name))))
  return found.reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0)
}
