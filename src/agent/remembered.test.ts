import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'
import { remembered } from './remembered.ts'

let now = 0
mock.method(performance, 'now', () => now)
beforeEach(() => {
  now = 0
})

/** Answers when it is told to. */
function question() {
  const waiting: PromiseWithResolvers<number>[] = []
  const ask = remembered({ freshMs: 1000, mostMs: 5000 }, () => {
    const answer = Promise.withResolvers<number>()
    waiting.push(answer)
    return answer.promise
  })
  return { ask, waiting }
}

test('one question is asked for all who wait, and for a while after', async () => {
  const { ask, waiting } = question()
  const both = Promise.all([ask(), ask()])
  waiting[0]?.resolve(1)
  assert.deepEqual(await both, [1, 1])
  now = 999
  assert.equal(await ask(), 1)
  assert.equal(waiting.length, 1)
})

test('nobody waits for a fresh answer while the one before is not too old', async () => {
  const { ask, waiting } = question()
  const first = ask()
  waiting[0]?.resolve(1)
  await first
  now = 1001
  assert.deepEqual([await ask(), await ask()], [1, 1])
  assert.equal(waiting.length, 2)
  waiting[1]?.resolve(2)
  await waiting[1]?.promise
  await new Promise(setImmediate)
  assert.equal(await ask(), 2)
})

test('an answer that is too old is given to nobody, and neither is a failure hidden', async () => {
  const { ask, waiting } = question()
  const first = ask()
  waiting[0]?.resolve(1)
  await first
  now = 1001
  await ask()
  waiting[1]?.reject(new Error('Docker is down'))
  await new Promise(setImmediate)
  now = 5001
  const late = ask()
  waiting[2]?.reject(new Error('Docker is down'))
  await assert.rejects(late, /Docker is down/)
})
