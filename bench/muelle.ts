import { readdir, rm, stat } from 'node:fs/promises'
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
  /** `muelle backup`. */
  backup(): Promise<TimedBackup>
  /** As if there had never been a backup. */
  forgetBackups(): Promise<void>
  /** Bytes of the repository. */
  repositoryBytes(): Promise<number>
}

/** Milliseconds from the start of the command. */
interface TimedBackup {
  /** Until the restore point is in the repository. */
  keptMs: number
  /** Until it was restored and compared. */
  provenMs: number
}

const proven = z.object({ state: z.literal('proven') })

export async function createMuelleBed(interrupted: AbortSignal): Promise<MuelleBed> {
  const project = await copyExample()
  const { env, muelle, ports } = await createInstallation(project.scratch, interrupted)
  const here = ['-C', project.directory]
  const repository = join(env['MUELLE_HOME'] ?? '', 'backups')

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
    async backup() {
      const beganMs = nowMs()
      let keptMs = Number.NaN
      const stdout = await muelle(['backup', 'create', ...here, '--json'], {}, (line) => {
        if (/\] Keep restore point .* in the repository: /.test(line)) keptMs = nowMs() - beganMs
      })
      proven.parse(JSON.parse(stdout))
      return { keptMs, provenMs: nowMs() - beganMs }
    },
    async forgetBackups() {
      for (const folder of [repository, join(env['MUELLE_HOME'] ?? '', 'backup-cache')])
        await rm(folder, { recursive: true, force: true })
    },
    repositoryBytes: () => folderBytes(repository),
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
