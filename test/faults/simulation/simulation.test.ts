import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Operation } from '../../../src/deploy/operation.ts'
import { operations } from '../../../src/deploy/operations/all.ts'
import { show } from '../../../src/deploy/operations/reach.ts'
import type { Step } from '../../../src/deploy/step.ts'
import { play } from './run.ts'
import { type Command, generate, healthy, type Schedule, shrink } from './schedule.ts'

/** As many as one story in a hundred needs to be told almost surely. */
const seeds = Array.from({ length: 400 }, (_, index) => index + 1)

const nothing: () => Promise<void> = async () => undefined
const flipOnly: typeof operations.switch.run = ({ release }, { app, gateway, pod }) =>
  gateway.flip(pod, app.name, release)

const stopAtOnce: typeof operations.shrink.run = async ({ release, to }, { app, engine }) => {
  const replicas = await engine.containers({ app: app.name, release, service: app.web.service })
  for (const { id } of replicas.slice(to)) await engine.stopContainer(id)
}

function forgetUndo<S extends Step>(t: TestContext, operation: Operation<S>): void {
  t.mock.method(operation as Required<Operation<S>>, 'undo', nothing)
}

/** Tells stories until one violates what is looked for. */
async function isCaught(looked: RegExp, bugs: { ignoresLabels?: boolean } = {}): Promise<boolean> {
  for (const seed of seeds) {
    const found = await play(generate(seed), bugs)
    if (found.some((violation) => looked.test(violation))) return true
  }
  return false
}

test('whatever goes wrong, every invariant holds', async () => {
  for (const seed of seeds.slice(0, 150)) assert.deepEqual(await play(generate(seed)), [], `seed ${seed}`)
})

test('a service whose restart dies at whatever moment is whole again', async () => {
  for (const service of ['web', 'worker']) {
    for (let at = 1; at <= 100; at++) {
      const commands: Command[] = [
        { does: { kind: 'up', release: healthy }, faults: [] },
        { does: { kind: 'restart', service }, faults: [{ at, kind: 'crash' }] },
      ]
      assert.deepEqual(
        await play({ seed: at, strategy: 'blue-green', commands }),
        [],
        `${service}, call ${at}`,
      )
    }
  }
})

/** The smallest stories in which something once went wrong that one in thousands tells. */
const found: Readonly<Record<string, Schedule>> = {
  'Docker dies while a deployment is finished late, and leaves the scheduler down': {
    seed: 3858,
    strategy: 'canary',
    commands: [
      { does: { kind: 'up', release: { ...healthy, bootMs: 2631 } }, faults: [{ at: 160, kind: 'crash' }] },
      { does: { kind: 'scale', service: 'worker', replicas: 2 }, faults: [{ at: 6, kind: 'engine-dies' }] },
    ],
  },
  'what is finished late fails by itself': {
    seed: 8467,
    strategy: 'rolling',
    commands: [
      { does: { kind: 'up', release: healthy }, faults: [] },
      {
        does: { kind: 'up', release: { ...healthy, workersRun: false, bootMs: 935 } },
        faults: [{ at: 369, kind: 'crash' }],
      },
    ],
  },
  'replicas that were just made are all that is shown': {
    seed: 1437,
    strategy: 'canary',
    commands: [
      { does: { kind: 'up', release: { ...healthy, bootMs: 857 } }, faults: [] },
      { does: { kind: 'restart', service: 'web' }, faults: [] },
    ],
  },
  'a command that finds the first release half taken back': {
    seed: 721,
    strategy: 'blue-green',
    commands: [
      {
        does: { kind: 'up', release: healthy },
        faults: [
          { at: 168, kind: 'lost-reply' },
          { at: 177, kind: 'crash' },
        ],
      },
      { does: { kind: 'scale', service: 'worker', replicas: 1 }, faults: [] },
    ],
  },
  'the way back from a rolling deployment whose clean-up did not work': {
    seed: 8002,
    strategy: 'rolling',
    commands: [
      { does: { kind: 'up', release: healthy }, faults: [] },
      { does: { kind: 'up', release: { ...healthy, bootMs: 1083 } }, faults: [{ at: 363, kind: 'crash' }] },
      { does: { kind: 'rollback', to: 'before' }, faults: [{ at: 58, kind: 'engine-restart' }] },
    ],
  },
}

for (const [title, schedule] of Object.entries(found)) {
  test(`ends well: ${title}`, async () => assert.deepEqual(await play(schedule), []))
}

test('the same seed tells the same story', async (t) => {
  forgetUndo(t, operations.build)
  const tell = async () => [await play(generate(3)), await play(generate(4)), await play(generate(5))]
  assert.deepEqual(await tell(), await tell())
})

describe('a seeded bug is caught:', () => {
  const bugs: Record<string, { seed: (t: TestContext) => void; caught: RegExp }> = {
    'containers are not taken back': {
      seed: (t) => {
        forgetUndo(t, operations.create)
        forgetUndo(t, operations.record)
      },
      caught: /left behind: release/,
    },
    'the traffic is not taken back': {
      seed: (t) => void forgetUndo(t, operations.switch),
      caught: /traffic goes to release|has no ready container|the gateway/,
    },
    'the old scheduler is not stopped before the new one starts': {
      seed: (t) => void t.mock.method(operations.stop, 'run', nothing),
      caught: /up failed, though nothing troubled it|singleton runs/,
    },
    'traffic is switched before the release is ready': {
      seed: (t) => {
        t.mock.method(operations.ready, 'run', nothing)
        t.mock.method(operations.switch, 'run', flipOnly)
      },
      caught: /which has no ready container/,
    },
    'visitors are drawn to a release before nginx knows where it is': {
      seed: (t) =>
        void t.mock.method(operations.stage, 'run', (({ reach }, context) =>
          show(reach, context)) satisfies typeof operations.stage.run),
      caught: /before nginx knows where it is/,
    },
    'a release that was replaced is not retired': {
      seed: (t) => void t.mock.method(operations.retire, 'run', nothing),
      caught: /stand$/,
    },
    'a worker that ends takes over': {
      seed: (t) => void t.mock.method(operations.steady, 'run', nothing),
      caught: /worker runs in release none/,
    },
    'replicas stop before the gateway stops reaching them': {
      seed: (t) => void t.mock.method(operations.shrink, 'run', stopAtOnce),
      caught: /traffic goes to .*, which stands still/,
    },
    'how many replicas there are to be is forgotten': {
      seed: (t) => void t.mock.method(operations.resize, 'run', nothing),
      caught: /replicas of (web|worker) run/,
    },
    'a maintenance that failed is not taken back': {
      seed: (t) => void forgetUndo(t, operations.maintenance),
      caught: /maintenance is/,
    },
    'an image is not removed': {
      seed: (t) => void forgetUndo(t, operations.build),
      caught: /left behind: .*shop-web:r/,
    },
  }
  for (const [name, { seed, caught }] of Object.entries(bugs)) {
    test(name, async (t) => {
      seed(t)
      assert.ok(await isCaught(caught))
    })
  }
  test("what is not Muelle's is removed", async () => {
    assert.ok(await isCaught(/someone else's container is gone/, { ignoresLabels: true }))
  })
})

test('a story that fails shrinks to the smallest that still does', async (t) => {
  forgetUndo(t, operations.build)
  const fails = async (schedule: Parameters<typeof play>[0]) => (await play(schedule)).length > 0
  for (let seed = 1; ; seed++) {
    const schedule = generate(seed)
    if (!(await fails(schedule))) continue
    const { commands } = await shrink(schedule, fails)
    assert.ok(commands.length <= 2 && commands.flatMap(({ faults }) => faults).length <= 1)
    break
  }
})
