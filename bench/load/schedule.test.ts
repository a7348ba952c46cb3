import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gapsAround, planned } from './schedule.ts'

test('the mix holds its shares, and fresh connections carry both methods', () => {
  const requests = Array.from({ length: 10_000 }, (_, index) => planned(index, { post: 0.2, fresh: 0.1 }))
  const count = (method: string, fresh: boolean) =>
    requests.filter((request) => request.method === method && request.fresh === fresh).length
  const within = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) <= 20, `${actual} is far from ${expected}`)
  within(count('GET', false), 7200)
  within(count('GET', true), 800)
  within(count('POST', false), 1800)
  within(count('POST', true), 200)
})

test('gaps run from a tenth below to a tenth above, half of them within 1.5%', () => {
  const gaps = gapsAround(2000, 41)
  assert.equal(gaps.length, 41)
  assert.equal(gaps.at(0), 1800)
  assert.equal(gaps.at(-1), 2200)
  assert.ok(gaps.filter((gap) => Math.abs(gap - 2000) <= 30).length >= 20)
})
