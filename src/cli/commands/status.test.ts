import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeStatus } from './status.ts'

test('updates that are paused are told with the reason, and how they go on', () => {
  const told = describeStatus({
    app: 'shop',
    environment: 'production',
    url: 'http://shop.example.com/',
    release: 1,
    commit: null,
    certificate: undefined,
    updatesPause: {
      since: '2026-11-30T12:00:00Z',
      reason: 'release 2 was taken back: It broke.',
      byHand: false,
    },
    histories: [],
    services: [],
  })
  assert.match(
    told,
    /updates: paused since \S+, release 2 was taken back: It broke\. Let them go on: {2}muelle updates resume shop/,
  )
})
