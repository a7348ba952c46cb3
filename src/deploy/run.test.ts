import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shop } from '../../test/support/app.ts'
import {
  dockerFailure,
  fakeCertificates,
  fakeContainer,
  fakeEngine,
  fakeGateway,
  fakeRepositories,
  fakeVault,
} from '../../test/support/fake-ports.ts'
import type { DeploymentEvent } from '../events/events.ts'
import { createAppFiles } from '../release/files.ts'
import { openStore } from '../store/store.ts'
import type { Context } from './operation.ts'
import { runDeployment } from './run.ts'
import type { Step } from './step.ts'

/** From release 1 to release 2. Readiness is left out: it asks over HTTP, which the tests on Docker cover. */
const steps: readonly Step[] = [
  { kind: 'build', groups: [{ name: 'web', services: ['web'], tag: 'shop-web:r2' }] },
  { kind: 'create', release: 2, services: ['web', 'worker', 'beat'] },
  { kind: 'command', release: 2, index: 0, command: 'migrate' },
  { kind: 'start', release: 2, services: ['web', 'worker'] },
  { kind: 'stage', release: 2, reach: { arms: [1, 2] }, before: { arms: [1] } },
  { kind: 'switch', release: 2, from: 1 },
  { kind: 'stop', release: 1, services: ['worker'] },
  { kind: 'activate', release: 2 },
  { kind: 'retire', releases: [0] },
]

/** A world of fakes with one record of all that happened; `onCall` may throw, or stop the deployment. */
function world(onCall: (call: string, stop: AbortController) => void = () => undefined) {
  const calls: string[] = []
  const events: DeploymentEvent[] = []
  const stop = new AbortController()
  const tell = (call: string): void => {
    calls.push(call)
    onCall(call, stop)
  }
  const store = openStore(':memory:')
  for (const number of [1, 2]) store.addRelease({ app: 'shop', number, commit: null, images: {} })
  store.activate('shop', 1)
  const app = shop()
  const gateway = fakeGateway(tell)
  const engine = fakeEngine({ containers: async () => [fakeContainer({})] }, tell)
  const context: Omit<Context, 'onLine' | 'signal'> = {
    app,
    instance: 'muelle',
    engine,
    gateway,
    certificates: fakeCertificates,
    pod: gateway.podFor(app.entrance),
    store: {
      ...store,
      journal: (entry) => {
        calls.push(`journal ${(entry.step as Step).kind} ${entry.phase}`)
        store.journal(entry)
      },
    },
    files: { ...createAppFiles('/state'), write: async () => undefined, readModel: async () => app },
    secrets: fakeVault,
    repositories: fakeRepositories,
    standIns: { has: async () => false, build: async () => undefined },
    probe: async () => ({ status: 200, headers: {}, body: '' }),
    clock: { now: () => 0, sleep: async () => undefined },
    commitOf: async () => null,
    probeToken: 'token',
    minimumFreeBytes: 0,
    replace: [],
    note: () => undefined,
  }
  const run = (plan: readonly Step[] = steps) =>
    runDeployment({ kind: 'up', title: 'release 2', from: 1, to: 2, steps: plan, runner: '1:1' }, context, {
      emit: (event) => events.push(event),
      signal: stop.signal,
    })
  return { run, calls, events, stop, store, engine }
}

const failOn = (wanted: string) =>
  world((call) => {
    if (call.startsWith(wanted)) throw dockerFailure('it broke')
  })
const effects = (calls: readonly string[]) => calls.filter((call) => !call.startsWith('journal'))
const stateOf = ({ store }: ReturnType<typeof world>, release: number) =>
  store.releases('shop').find(({ number }) => number === release)?.state

describe('a deployment that works', () => {
  test('journals each step before and after its effect', async () => {
    const { run, calls } = world()
    await run(steps.filter(({ kind }) => kind !== 'create').slice(0, 3))
    assert.deepEqual(calls, [
      'journal build started',
      'engine build shop',
      'journal build done',
      'journal command started',
      'engine runOnce shop-r2 release-command-1',
      'journal command done',
      'journal start started',
      'engine up shop-r2 web-r2 worker-r2',
      'engine connect shop_edge c0',
      'journal start done',
    ])
  })
  test('takes nothing back, makes the release the live one and is recorded as succeeded', async () => {
    const it = world()
    const finished = await it.run()
    assert.deepEqual(finished.map(({ kind }) => kind).sort(), steps.map(({ kind }) => kind).sort())
    assert.equal(stateOf(it, 2), 'live')
    assert.equal(stateOf(it, 1), 'superseded')
    assert.equal(it.store.lastDeployment('shop')?.outcome, 'succeeded')
    assert.ok(!it.calls.some((call) => call.endsWith('undone')))
  })
  test('creates containers while the release commands run, and starts none before they are there', async () => {
    const it = world()
    const command = Promise.withResolvers<void>()
    it.engine.create = () => command.promise.then(() => void it.calls.push('engine create'))
    it.engine.runOnce = async () => {
      it.calls.push('engine runOnce')
      command.resolve()
    }
    await it.run()
    const order = ['engine runOnce', 'engine create', 'journal create done', 'journal start started']
    assert.deepEqual(
      it.calls.filter((call) => order.includes(call)),
      order,
    )
  })
  test('tells of its beginning, of each step, and of the moment when the release is live', async () => {
    const { run, events } = world()
    await run(steps.filter(({ kind }) => kind !== 'create'))
    const told = events.filter(({ type }) => type !== 'output').map(({ type }) => type)
    const each = ['step-started', 'step-done']
    assert.deepEqual(told, ['begin', ...Array(7).fill(each).flat(), 'live', ...each])
  })
})

describe('a step that fails before the release is live', () => {
  test('has every step so far taken back: traffic first, then the last one first', async () => {
    const { run, calls } = failOn('engine stop shop-r1')
    await assert.rejects(run(), { code: 'DOCKER_COMMAND_FAILED' })
    assert.deepEqual(effects(calls).slice(effects(calls).indexOf('engine stop shop-r1 worker-r1') + 1), [
      'gateway flip shop 1',
      'engine up shop-r1 worker-r1',
      'gateway ensure shop',
      'gateway stage 1',
      'engine stop shop-r2 web-r2 worker-r2',
      'engine down shop-r2',
      'engine removeImage shop-web:r2',
    ])
  })
  test('leaves the release before it the live one', async () => {
    const it = failOn('engine runOnce')
    await assert.rejects(it.run(), { code: 'RELEASE_COMMAND_FAILED', log: ['it broke'] })
    assert.equal(stateOf(it, 1), 'live')
    assert.equal(it.store.lastDeployment('shop')?.outcome, 'failed')
    assert.ok(!it.calls.some((call) => call.startsWith('gateway')))
  })
  test('is journaled as failed before anything is taken back', async () => {
    const { run, calls } = failOn('engine up shop-r2')
    await assert.rejects(run(), { code: 'START_FAILED' })
    assert.deepEqual(calls.slice(calls.indexOf('engine up shop-r2 web-r2 worker-r2')), [
      'engine up shop-r2 web-r2 worker-r2',
      'journal start failed',
      'engine stop shop-r2 web-r2 worker-r2',
      'journal start undone',
      'engine down shop-r2',
      'journal create undone',
      'engine removeImage shop-web:r2',
      'journal build undone',
    ])
  })
  test('stops where a step cannot be taken back, and leaves the rest to the next command', async () => {
    const { run, calls, events, store } = world((call) => {
      if (call.startsWith('gateway flip shop 2') || call.startsWith('engine down')) throw dockerFailure()
    })
    await assert.rejects(run())
    assert.ok(!calls.includes('engine removeImage shop-web:r2'))
    assert.equal(store.unfinished('shop').length, 1)
    assert.ok(
      events.some(
        (event) => event.type === 'note' && event.message.startsWith('Could not take back "Create'),
      ),
    )
  })
  test('because it took too long is stopped, named and taken back', async (t) => {
    const limit = new AbortController()
    t.mock.method(AbortSignal, 'timeout', () => limit.signal)
    const it = world((call) => {
      if (!call.startsWith('engine up shop-r2')) return
      limit.abort()
      throw dockerFailure('killed')
    })
    await assert.rejects(it.run(), {
      code: 'STEP_TIMEOUT',
      message: /^"Start web, worker of release 2" took/,
    })
    assert.ok(it.calls.includes('engine down shop-r2'))
    assert.equal(it.store.lastDeployment('shop')?.outcome, 'failed')
  })
  test('that throws something without a code is told as a bug', async () => {
    const { run, events } = world((call) => {
      if (call.startsWith('engine build')) throw new TypeError('x is not a function')
    })
    await assert.rejects(run(), /x is not a function/)
    const failure = events.find((event) => event.type === 'step-failed')
    assert.equal(failure?.error.code, 'INTERNAL')
  })
})

describe('a step that fails once the release is live', () => {
  test('is told, and undoes nothing', async () => {
    const it = failOn('engine down shop-r0')
    const finished = await it.run()
    assert.equal(finished.at(-1)?.kind, 'activate')
    assert.equal(stateOf(it, 2), 'live')
    assert.equal(it.store.lastDeployment('shop')?.outcome, 'running')
    assert.ok(!it.events.some(({ type }) => type === 'undoing'))
    assert.ok(
      it.events.some((event) => event.type === 'note' && event.message.includes('The release is live')),
    )
  })
})

describe('a deployment that is stopped', () => {
  const stopOn = (wanted: string) =>
    world((call, stop) => {
      if (call.startsWith(wanted)) stop.abort()
    })

  test('takes back what was started and says that it was interrupted', async () => {
    const it = stopOn('engine up shop-r2')
    await assert.rejects(it.run(), { code: 'INTERRUPTED', exitCode: 130 })
    assert.ok(it.calls.includes('engine down shop-r2'))
    assert.ok(!it.calls.includes('gateway flip shop 2'))
    assert.equal(stateOf(it, 1), 'live')
    assert.equal(it.store.lastDeployment('shop')?.outcome, 'interrupted')
  })
  test('takes nothing back that never began', async () => {
    const it = stopOn('engine up shop-r2')
    await assert.rejects(it.run(), { code: 'INTERRUPTED' })
    assert.ok(!it.calls.some((call) => call.startsWith('gateway')))
    assert.ok(!it.calls.includes('journal stage undone'))
  })
  test('is interrupted, whatever the step says that was cut short', async () => {
    const { run } = world((call, stop) => {
      if (!call.startsWith('engine runOnce')) return
      stop.abort()
      throw dockerFailure('killed')
    })
    await assert.rejects(run(), { code: 'INTERRUPTED' })
  })
  test('takes the traffic back when it was stopped after the switch', async () => {
    const { run, calls } = stopOn('gateway flip shop 2')
    await assert.rejects(run(), { code: 'INTERRUPTED' })
    assert.equal(
      effects(calls)
        .filter((call) => call.startsWith('gateway flip'))
        .at(-1),
      'gateway flip shop 1',
    )
  })
  test('before its first step has no effect', async () => {
    const { run, calls, stop } = world()
    stop.abort()
    await assert.rejects(run(), { code: 'INTERRUPTED' })
    assert.ok(!calls.some((call) => call.startsWith('engine build')))
  })
  test('during the clean-up keeps the release', async () => {
    const it = stopOn('gateway tidy')
    await it.run([...steps, { kind: 'prune', releases: [0] }])
    assert.equal(stateOf(it, 2), 'live')
    assert.ok(!it.events.some(({ type }) => type === 'undoing'))
  })
})
