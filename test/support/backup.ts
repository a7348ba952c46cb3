import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cleanup, createHost, docker, type Host, lines, type Run } from './host.ts'
import { type ComposeDraft, createProject, type Project } from './project.ts'

/** A deployed app whose data is backed up. */
export interface Backed {
  /** Another one after a move. */
  host: Host
  project: Project
  muelle(...argv: string[]): Promise<Run>
  /** @returns what it prints */
  succeed(...argv: string[]): Promise<string>
  /** @returns what it says of the failure */
  fail(exitCode: number, ...argv: string[]): Promise<string>
  /** Runs a program in a backing service. @returns what it prints */
  inService(service: string, env: Readonly<Record<string, string>>, ...argv: string[]): Promise<string>
  points(): Promise<{ point: string; state: string }[]>
  states(): Promise<string[]>
  provenPoints(): Promise<string[]>
  /** Containers and volumes that a backup, drill or restore has left. */
  leftovers(): Promise<string[]>
  /** Kills a command in the middle of the step after the one whose end it tells. */
  killAfter(told: string, ...argv: string[]): Promise<void>
}

export async function createBacked(cleanup: Cleanup, change: (file: ComposeDraft) => void): Promise<Backed> {
  const project = await createProject(cleanup)
  await project.write('v1', change)
  const backed: Backed = {
    host: await createHost(cleanup),
    project,
    muelle: (...argv) => backed.host.muelle(...argv, '--app', project.name),
    succeed: async (...argv) => {
      const { exitCode, stdout, stderr } = await backed.muelle(...argv)
      assert.equal(exitCode, 0, stderr)
      return stdout
    },
    fail: async (exitCode, ...argv) => {
      const run = await backed.muelle(...argv)
      assert.equal(run.exitCode, exitCode, run.stderr)
      return run.stderr
    },
    inService: (service, env, ...argv) => {
      const named = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
      return docker('exec', ...named, `${project.name}-${service}-1`, ...argv)
    },
    points: async () => JSON.parse(await backed.succeed('backup', 'ls', '--json')),
    states: async () => (await backed.points()).map(({ state }) => state),
    provenPoints: async () =>
      (await backed.points()).filter(({ state }) => state === 'proven').map(({ point }) => point),
    leftovers: async () => {
      const labels = [`org.muelle.app=${project.name}`, 'org.muelle.role=backup']
      const filters = labels.flatMap((label) => ['--filter', `label=${label}`])
      const containers = lines(await docker('ps', '--all', '--quiet', ...filters))
      const volumes = await docker('volume', 'ls', '--quiet', '--filter', `name=${project.name}_muelle`)
      return [...containers, ...lines(volumes)]
    },
    killAfter: async (told, ...argv) => {
      const running = backed.host.start(...argv, '--app', project.name)
      let seen = ''
      running.stderr.on('data', (data: Buffer) => {
        seen += String(data)
      })
      await until(async () => seen.includes(told))
      await sleep(500)
      running.kill('SIGKILL')
      await running
    },
  }
  const { exitCode, stderr } = await backed.host.muelle('up', project.directory)
  assert.equal(exitCode, 0, stderr)
  return backed
}

/** Until something of a command that runs is to be seen. */
export async function until(seen: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 2400; attempt++) {
    if (await seen()) return
    await sleep(50)
  }
  assert.fail('it did not come')
}
