import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultPolicy } from './canary/judge.ts'
import { describeStep, type Step } from './step.ts'

const both = { arms: [11, 12] }
const groups = [{ name: 'web', services: ['web', 'worker'], tag: 'shop-web:r12' }]

const described: readonly [Step, string][] = [
  [{ kind: 'images', references: ['redis:7', 'nginx:1.30'] }, 'Have the images redis:7, nginx:1.30'],
  [{ kind: 'build', groups }, 'Build shop-web:r12'],
  [{ kind: 'record', release: 12, groups }, 'Record release 12'],
  [{ kind: 'backing', services: ['db', 'redis'], groups }, 'Have db, redis running and healthy'],
  [{ kind: 'backing', services: [], groups }, 'Have the networks and volumes'],
  [{ kind: 'command', release: 12, index: 0, command: ['python', 'x.py'] }, 'Run python x.py'],
  [{ kind: 'command', release: 12, index: 0, command: 'python x.py' }, 'Run python x.py'],
  [{ kind: 'start', release: 12, services: ['web'] }, 'Start web of release 12'],
  [{ kind: 'ready', release: 12, replicas: 1, timeoutMs: 1 }, 'Wait until the replica answers'],
  [{ kind: 'ready', release: 12, replicas: 3, timeoutMs: 1 }, 'Wait until all 3 replicas answer'],
  [{ kind: 'create', release: 12, services: ['web'] }, 'Create the containers of release 12'],
  [{ kind: 'grow', release: 12, service: 'web', from: 1, to: 2 }, 'Start 1 replica of web of release 12'],
  [{ kind: 'copy', release: 12, from: 11 }, 'Record release 12, the same as release 11'],
  [
    { kind: 'copy', release: 12, from: 3, app: 'shop-staging' },
    'Record release 12 with the images of shop-staging release 3',
  ],
  [{ kind: 'test', release: 12, commands: ['a b', ['c', 'd']] }, 'Test: a b, c d'],
  [{ kind: 'smoke', release: 12, paths: ['/', '/login/'] }, 'Ask for /, /login/'],
  [{ kind: 'trim', release: 12, service: 'web', from: 3, to: 1 }, 'Keep 1 replica of web'],
  [{ kind: 'resize', release: 12, service: 'web', from: 3, to: 2 }, 'Record 2 replicas of web'],
  [
    { kind: 'maintenance', release: 12, on: true, was: false, reach: both },
    'Show visitors the maintenance page',
  ],
  [{ kind: 'maintenance', release: 12, on: false, was: true, reach: both }, 'Let visitors in'],
  [{ kind: 'stage', release: 12, reach: both, before: both }, 'Show release 12 to the gateway'],
  [
    { kind: 'stage', release: 12, reach: { ...both, share: { release: 12, percent: 10 } }, before: both },
    'Send 10% of the visitors to release 12',
  ],
  [
    { kind: 'shrink', release: 11, from: 3, to: 1, reach: both, before: both },
    'Drain and stop 2 web replicas of release 11',
  ],
  [{ kind: 'judge', release: 12, from: 11, policy: defaultPolicy }, 'Judge release 12 beside release 11'],
  [{ kind: 'watch', release: 12, from: 11, forMs: 30_000 }, 'Watch release 12 for 30 s'],
  [{ kind: 'pause', forMs: 5000 }, 'Wait 5 s'],
  [{ kind: 'switch', release: 12, from: 11 }, 'Switch all traffic to release 12'],
  [{ kind: 'stop', release: 11, services: ['beat'] }, 'Stop beat of release 11'],
  [{ kind: 'activate', release: 12 }, 'Release 12 is the live one'],
  [{ kind: 'retire', releases: [9, 10] }, 'Retire release 9, 10'],
  [{ kind: 'prune', releases: [3] }, 'Forget release 3'],
]

for (const [step, text] of described) {
  test(`a step of kind ${step.kind} reads "${text}"`, () => {
    assert.equal(describeStep(step), text)
  })
}
