import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { freePort } from '../../bench/ports.ts'
import { createHost, docker, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { haveDebian } from '../support/stand-in.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'images', 'agent')

describe('an agent in a container', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let address: string
  let compose: (...argv: string[]) => Promise<string>
  /** A command of Muelle in the container. */
  let muelle: (...argv: string[]) => Promise<{ exitCode: number | undefined; stdout: string; stderr: string }>

  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''
  const write = (next: string): Promise<void> =>
    project.write(next, (file) => {
      file.services['web'] = { ...file.services['web'], environment: { BOOT_SECONDS: '3' } }
    })
  const container = async (): Promise<string> => (await compose('ps', '--all', '--quiet')).trim()
  const until = async (look: () => Promise<boolean>): Promise<void> => {
    for (let times = 0; !(await look()); times++) {
      assert.ok(times < 240, `waited in vain for ${look}`)
      await sleep(500)
    }
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    const port = await freePort()
    address = `http://127.0.0.1:${port}`
    await buildImage()
    const name = `${host.instance}-agent`
    const env = { ...host.env, MUELLE_AGENT_PORT: String(port), MUELLE_PROJECTS: project.directory }
    compose = async (...argv) => {
      const file = ['--file', join(folder, 'compose.yaml'), '--project-name', name]
      return (await execa('docker', ['compose', ...file, ...argv], { env })).stdout
    }
    cleanup.after(async () => {
      await compose('down', '--timeout', '60')
    })
    await compose('up', '--detach', '--no-build')
    const id = await container()
    muelle = async (...argv) => {
      const { exitCode, stdout, stderr } = await execa('docker', ['exec', id, 'muelle', ...argv], {
        reject: false,
      })
      return { exitCode, stdout, stderr }
    }
    await until(
      async () => (await docker('inspect', '--format', '{{.State.Health.Status}}', id)) === 'healthy',
    )
  })

  test('carries out the commands that are given there', async () => {
    await write('v1')
    const { exitCode, stderr } = await muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    assert.equal(await version(), 'v1')
    const { stdout } = await muelle('agent', 'jobs', '--json')
    const [job] = JSON.parse(stdout) as { kind: string; cause: string; state: string }[]
    assert.deepEqual([job?.kind, job?.cause, job?.state], ['up', 'command', 'succeeded'])
  })

  test('is known to the command line outside, which leaves the app to it', async () => {
    await write('v2')
    const inside = muelle('up', project.directory)
    const running = async () => JSON.parse((await muelle('agent', 'jobs', '--json')).stdout)[0].state
    await until(async () => (await running()) === 'running')
    await sleep(2000)
    const outside = await host.muelle('restart', '--app', project.name)
    assert.equal(outside.exitCode, 40, outside.stderr)
    assert.equal((await inside).exitCode, 0)
    assert.equal(await version(), 'v2')
  })

  test('ends once its deployment has ended, when it is stopped', async () => {
    await write('v3')
    const made = await muelle('agent', 'token', 'add', 'ci', '--scope', 'deploy', '--json')
    const authorization = `Bearer ${JSON.parse(made.stdout).token}`
    const asked = await fetch(`${address}/v1/apps/${project.name}/deploy`, {
      method: 'POST',
      headers: { authorization },
    })
    assert.equal(asked.status, 202)
    await sleep(3000)
    assert.equal(await version(), 'v2')
    await compose('stop')
    assert.equal(await docker('inspect', '--format', '{{.State.ExitCode}}', await container()), '0')
    assert.equal(await version(), 'v3')
    const { stdout } = await host.muelle('agent', 'jobs', '--json')
    assert.equal((JSON.parse(stdout) as { state: string }[])[0]?.state, 'succeeded')
  })
})

async function buildImage(): Promise<void> {
  const base = await haveDebian('trixie')
  const file = ['--file', join(folder, 'Dockerfile'), '--build-arg', `BASE=${base}`]
  await execa('docker', ['build', ...file, '--tag', 'muelle/agent', root])
}
