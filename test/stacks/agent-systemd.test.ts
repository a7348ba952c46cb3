import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../bench/ports.ts'
import type { Job } from '../../src/store/jobs.ts'
import { createHost, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { type Machine, startMachine } from '../support/systemd.ts'
import { underLoad } from '../support/under-load.ts'

describe('an agent that systemd keeps', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let machine: Machine
  let unit: string
  let address: string

  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''
  const write = (next: string): Promise<void> =>
    project.write(next, (file) => {
      file.services['web'] = { ...file.services['web'], environment: { BOOT_SECONDS: '3' } }
    })
  const mainProcess = async () =>
    (await machine.run('systemctl', 'show', '--property', 'MainPID', unit)).stdout
  const newest = async (): Promise<Job | undefined> =>
    (JSON.parse((await machine.muelle('agent', 'jobs', '--json')).stdout) as Job[])[0]
  const until = async (look: () => Promise<boolean>): Promise<void> => {
    for (let times = 0; !(await look()); times++) {
      assert.ok(times < 240, `waited in vain for ${look}`)
      await sleep(250)
    }
  }
  const isAsked = () =>
    fetch(`${address}/v1/apps`).then(
      () => true,
      () => false,
    )

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    unit = `muelle-agent-${host.instance}`
    machine = await startMachine(cleanup, host, [project.directory])
  })

  test('is installed, and prints a token that makes one administrator', async () => {
    const port = await freePort()
    address = `http://127.0.0.1:${port}`
    const installed = await machine.muelle('agent', 'install', '--port', String(port), '--json')
    assert.equal(installed.exitCode, 0, installed.stderr)
    const { setup } = JSON.parse(installed.stdout) as { setup: { token: string } }
    await until(isAsked)
    const setUp = (name: string) =>
      fetch(`${address}/v1/setup`, {
        method: 'POST',
        headers: { authorization: `Bearer ${setup.token}` },
        body: JSON.stringify({ name }),
      })
    const made = await setUp('ada')
    assert.equal(made.status, 201)
    const { token } = (await made.json()) as { token: string }
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await fetch(`${address}/v1/tokens`, { headers })).status, 200)
    assert.equal((await setUp('eve')).status, 401)
    const again = await machine.muelle('agent', 'install', '--port', String(port), '--json')
    assert.equal(JSON.parse(again.stdout).setup, undefined)
    await until(isAsked)
  })

  test('builds and deploys within the bounds of its unit', async () => {
    await write('v1')
    const { exitCode, stderr } = await machine.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    assert.equal(await version(), 'v1')
    const job = await newest()
    assert.deepEqual([job?.kind, job?.cause, job?.state], ['up', 'command', 'succeeded'])
  })

  for (const [how, replace] of [
    ['upgraded', () => machine.muelle('agent', 'upgrade')],
    ['killed', () => machine.run('systemctl', 'kill', '--signal', 'SIGKILL', '--kill-whom', 'main', unit)],
  ] as const)
    test(`is ${how} in the middle of a deployment under load, and nothing is lost`, async () => {
      const next = `v2-${how}`
      await write(next)
      const before = await mainProcess()
      const target = { host: project.domain, port: host.ports.http, tls: false }
      await underLoad(target, { path: '/', ratePerSecond: 30 }, async () => {
        const running = machine.muelle('up', project.directory)
        await until(async () => (await newest())?.state === 'running')
        await sleep(1000)
        const replaced = await replace()
        assert.equal(replaced.exitCode, 0, replaced.stderr)
        const { exitCode, stderr } = await running
        assert.equal(exitCode, 0, stderr)
      })
      assert.notEqual(await mainProcess(), before)
      const job = await newest()
      assert.deepEqual([job?.state, job?.attempt], ['succeeded', 1])
      assert.equal(await version(), next)
    })

  test('is uninstalled, and the app goes on', async () => {
    const { exitCode, stderr } = await machine.muelle('agent', 'uninstall')
    assert.equal(exitCode, 0, stderr)
    assert.equal(await isAsked(), false)
    assert.equal(await version(), 'v2-killed')
  })
})
