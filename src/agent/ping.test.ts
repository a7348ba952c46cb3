import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startReceiver } from '../../test/support/receivers.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { ping } from './ping.ts'

const answering = { date: async () => Date.now() }

test('a sign of life arrives, as the address says', async (t) => {
  const monitor = await startReceiver(t)
  await ping(`${monitor.url}/planted-path`, answering)
  assert.deepEqual(
    monitor.received.map(({ path }) => path),
    ['/planted-path'],
  )
})

test('it stays away while Docker does not answer', async (t) => {
  const monitor = await startReceiver(t)
  const away = {
    date: async (): Promise<number> => {
      throw new MuelleError('DOCKER_UNAVAILABLE', 'Docker does not answer.')
    },
  }
  await assert.rejects(ping(monitor.url, away), { code: 'DOCKER_UNAVAILABLE' })
  assert.deepEqual(monitor.received, [])
})

test('one that nobody takes is told, without the address', async (t) => {
  const monitor = await startReceiver(t)
  monitor.state.status = 404
  for (const url of [`${monitor.url}/planted-path`, 'http://127.0.0.1:9/planted-path']) {
    await assert.rejects(ping(url, answering), ({ code, message }: MuelleError) => {
      assert.equal(code, 'NOTIFICATION_FAILED')
      assert.match(message, /answers (?:404|ECONNREFUSED)\.$/)
      return !message.includes('planted')
    })
  }
})
