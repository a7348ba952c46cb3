import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { withGateway, withLease } from './lease.ts'
import { openStore } from './store.ts'

const held = { ms: 60_000, isAlive: () => true }

/** An owner as a process would write it: its id, its start time (field 22 of proc(5) stat), and the acquisition. */
function ownerOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return `${pid}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}:1`
}

test('work runs while the lease is held, and the lease is given back', async () => {
  const store = openStore(':memory:')
  const result = await withLease(store, 'shop', async () => {
    assert.match(store.acquire('shop', 'other', held) ?? '', new RegExp(`^${process.pid}:`))
    return 'done'
  })
  assert.equal(result, 'done')
  assert.equal(store.acquire('shop', 'other', held), undefined)
})

test('the lease is given back when the work fails', async () => {
  const store = openStore(':memory:')
  await assert.rejects(
    withLease(store, 'shop', () => Promise.reject(new Error('broken'))),
    /broken/,
  )
  assert.equal(store.acquire('shop', 'other', held), undefined)
})

test('a living process that holds the lease is named, and the work is not begun', async () => {
  const store = openStore(':memory:')
  store.acquire('shop', ownerOf(process.ppid), held)
  await assert.rejects(
    withLease(store, 'shop', () => assert.fail('worked')),
    { code: 'LOCKED', message: new RegExp(`process ${process.ppid}\\)`) },
  )
})

test('one process cannot hold the lease of an app twice, as two requests to an agent might', async () => {
  const store = openStore(':memory:')
  const second = () => withLease(store, 'shop', () => assert.fail('worked'))
  await withLease(store, 'shop', () => assert.rejects(second(), { code: 'LOCKED' }))
  assert.equal(await withLease(store, 'shop', async () => 'done'), 'done')
})

test('changes to the gateway take turns', async () => {
  const store = openStore(':memory:')
  const log: string[] = []
  const change = (name: string) =>
    withGateway(store, async () => {
      log.push(`${name} begins`)
      await setTimeout(20)
      log.push(`${name} ends`)
    })
  await Promise.all([change('a'), change('b')])
  assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends'])
})

test('a process that died does not block', async () => {
  const store = openStore(':memory:')
  store.acquire('shop', '4194305:1:1', held)
  assert.equal(await withLease(store, 'shop', async () => 'done'), 'done')
})

test('a process that got the id of one that died does not count as its living owner', async () => {
  const store = openStore(':memory:')
  store.acquire('shop', `${process.ppid}:1:1`, held)
  assert.equal(await withLease(store, 'shop', async () => 'done'), 'done')
})

test('who comes too late is told what is under way', async () => {
  const store = openStore(':memory:')
  await withLease(store, 'shop', async () => {
    const late = () => withLease(store, 'shop', async () => undefined)
    await assert.rejects(late(), { message: /^Another command of shop is running/ })
    store.beginDeployment({ app: 'shop', kind: 'backup', from: 1, to: 1, plan: [], runner: '1:1' })
    await assert.rejects(late(), { message: /^Another backup of shop is running/ })
    store.beginDeployment({ app: 'shop', kind: 'up', from: 1, to: 2, plan: [], runner: '1:1' })
    await assert.rejects(late(), { message: /^Another deployment of shop is running/ })
  })
})
