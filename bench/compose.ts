import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { nowMs } from './clock.ts'
import type { Contender } from './contender.ts'
import { createClient } from './load/client.ts'
import type { Target } from './load/request.ts'
import { freePorts } from './ports.ts'
import { copyExample } from './project.ts'
import { tearDown } from './tear-down.ts'

const answerTimeoutMs = 60_000

/** A second replica could not publish the same port. */
const onePublishedReplica = (port: number) => `services:
  web:
    ports: !override ["127.0.0.1:${port}:8000"]
    deploy: {replicas: 1}
`

/** The example app run by plain Docker Compose. */
export async function createComposeBed(interrupted: AbortSignal): Promise<Contender> {
  const project = await copyExample()
  const [port = 0] = await freePorts(1)
  const target = { port, host: 'certificados.localhost', tls: false }
  const override = join(project.scratch, 'one-published-replica.yaml')
  await writeFile(override, onePublishedReplica(port))
  const files = ['compose', '-f', join(project.directory, 'compose.yaml'), '-f', override]
  const options = { cwd: project.directory, cancelSignal: interrupted }
  const compose = (...args: string[]) => execa('docker', [...files, ...args], options)

  async function up(to: string) {
    const startedAtMs = nowMs()
    let [builtAtMs, bootingAtMs] = [startedAtMs, startedAtMs]
    for await (const line of compose('up', '--detach', '--build').iterable({ from: 'stderr' })) {
      if (/\bBuilt$/.test(line)) builtAtMs = nowMs()
      if (/-web-1\s+Started$/.test(line)) bootingAtMs = nowMs()
    }
    await untilAnswered(target, to)
    return { startedAtMs, to, buildMs: builtAtMs - startedAtMs, bootMs: nowMs() - bootingAtMs }
  }

  /** In the running container, so after traffic has moved: there is no other one to run them in. */
  async function runReleaseCommands(): Promise<void> {
    const config = JSON.parse((await compose('config', '--format', 'json')).stdout)
    const commands: string[] = config['x-muelle'].release
    for (const command of commands) await compose('exec', '-T', 'web', 'sh', '-c', command)
  }

  return {
    project,
    target,
    async deploy(version) {
      await project.change(version)
      const { buildMs, bootMs, ...switched } = await up(version)
      await runReleaseCommands()
      return { ...switched, timing: { buildMs, bootMs, releaseCommandsMs: 0 } }
    },
    async rollback(to) {
      await project.undo()
      return up(to)
    },
    [Symbol.asyncDispose]: () => {
      const down = ['down', '--volumes', '--rmi', 'local', '--timeout', '5']
      return tearDown(project, { file: 'docker', args: [...files, ...down], env: {} })
    },
  }
}

/** Any answer of that version counts: before its first release commands, the app has only errors to show. */
async function untilAnswered(target: Target, version: string): Promise<void> {
  const client = createClient(target, 1)
  const endMs = nowMs() + answerTimeoutMs
  let seen = ''
  while (seen !== version) {
    if (nowMs() > endMs)
      throw new Error(`version ${version} did not answer within ${answerTimeoutMs / 1000} s`)
    await sleep(20)
    seen = (await client.send({ method: 'GET', path: '/', scheduledAtMs: nowMs() }, true)).version
  }
  client.close()
}
