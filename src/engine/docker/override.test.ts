import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { completeOverrides } from './override.ts'

const lists = (...texts: string[]): unknown =>
  parse(completeOverrides(texts, {}) ?? 'null', { logLevel: 'silent' })

describe('the file that is read after overrides', () => {
  test('replaces the lists of x-muelle, wherever they are in it', () => {
    assert.equal(
      completeOverrides(['x-muelle: {domains: [a.example.com], canary: {steps: [20]}, watch: 1m}'], {}),
      'x-muelle:\n  domains: !override\n    - a.example.com\n  canary:\n    steps: !override\n      - 20\n',
    )
  })
  test('keeps commands whole, and variables for Compose to fill in', () => {
    const text = completeOverrides(['x-muelle: {release: [[a, $B], c $$d]}'], {})
    assert.equal(text, 'x-muelle:\n  release: !override\n    - - a\n      - $B\n    - c $$d\n')
  })
  test('has those of services too', () => {
    const override = 'services: {web: {image: x, ports: [80], x-muelle: {port: 80, paths: [/a]}}, db: }'
    assert.deepEqual(lists(override), { services: { web: { 'x-muelle': { paths: ['/a'] } } } })
  })
  test('follows anchors and merge keys', () => {
    const override = 'x-a: &a {smoke: [/a]}\nx-b: &b [b.example.com]\nx-muelle: {<<: *a, domains: *b}'
    assert.deepEqual(lists(override), { 'x-muelle': { smoke: ['/a'], domains: ['b.example.com'] } })
  })
  test('has the list of the last of several', () => {
    const [one, two] = ['x-muelle: {domains: [one], smoke: [/]}', 'x-muelle: {domains: [two]}']
    assert.deepEqual(lists(one, two), { 'x-muelle': { domains: ['two'], smoke: ['/'] } })
  })
  test('does not bring back what was reset', () => {
    assert.deepEqual(lists('x-muelle: {domains: !reset [], smoke: [/]}'), { 'x-muelle': { smoke: ['/'] } })
  })
  test('adds env files, which do not replace those before', () => {
    assert.equal(
      completeOverrides([], { web: ['/srv/.env.staging'], db: [] }),
      'services:\n  web:\n    env_file:\n      - /srv/.env.staging\n',
    )
  })
  for (const [title, text] of [
    ['no x-muelle', 'services: {web: {ports: [80]}}'],
    ['nothing', ''],
    ['what is no YAML', 'a: ['],
    ['what means nothing', 'a: *nowhere'],
    ['what is no mapping', '- a'],
  ] as const) {
    test(`is not there for an override with ${title}`, () => {
      assert.equal(completeOverrides([text], {}), undefined)
    })
  }
})
