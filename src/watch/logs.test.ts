import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shop } from '../../test/support/app.ts'
import { fakeContainer, fakeEngine, fakeGateway } from '../../test/support/fake-ports.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { readSince } from '../cli/commands/logs.ts'
import type { Container, LogOptions } from '../engine/port.ts'
import { createAppFiles } from '../release/files.ts'
import { openStore } from '../store/store.ts'
import { type NamedLine, readLogs, secondsOf } from './logs.ts'

const web = fakeContainer({ id: 'web', name: 'shop-r1-web-r1-1' })
const old = fakeContainer({ id: 'old', name: 'shop-r0-web-r0-1', release: 0 })
const db = fakeContainer({ id: 'db', name: 'shop-db-1', service: 'db', role: 'backing', release: undefined })
const nginx = fakeContainer({ id: 'nginx', name: 'muelle-nginx', app: '', service: 'f00', role: 'nginx' })

const at = (second: number): string => `2027-03-01T12:00:0${second}.000000001Z`
const written: Record<string, [number, string][]> = {
  web: [
    [1, 'one'],
    [4, 'four'],
  ],
  old: [[0, 'of the release before']],
  db: [[3, 'three']],
  nginx: [
    [2, '{"app":"shop","uri":"/two"}'],
    [2, '{"app":"shop-staging","uri":"/"}'],
    [5, 'worker process exited'],
  ],
}

async function services(
  t: Parameters<typeof temporaryFolder>[0],
  streamed: (id: string, o: LogOptions) => void,
) {
  const files = createAppFiles(temporaryFolder(t))
  await files.keepModel(shop(), 1)
  const store = openStore(':memory:')
  store.addRelease({ app: 'shop', number: 1, commit: null, images: {} })
  const gateway = fakeGateway()
  await gateway.flip(gateway.podFor({ kind: 'port', port: 1, hostIp: '' }), 'shop', 1)
  const containers: Container[] = [web, old, db]
  const engine = fakeEngine({
    containers: async ({ role }) => (role === 'nginx' ? [nginx] : containers),
    streamLogs: async (id, options) => streamed(id, options),
  })
  return { engine, gateway, store, files, containers }
}

const wanted = {
  apps: ['shop'],
  hasFullNames: false,
  service: undefined,
  since: undefined,
  tail: 100,
  follow: false,
}

test('all containers of the live release, the backing ones and the gateway are read in the order of time', async (t) => {
  const own = await services(t, (id, { onLine }) => {
    for (const [second, text] of written[id] ?? []) onLine({ at: at(second), text })
  })
  const seen: string[] = []
  const onLine = ({ name, text }: NamedLine): void => void seen.push(`${name} ${text}`)
  await readLogs(wanted, own, { signal: new AbortController().signal, onLine })
  assert.deepEqual(seen, [
    'web-r1-1 one',
    'gateway {"app":"shop","uri":"/two"}',
    'db-1 three',
    'web-r1-1 four',
  ])
})

test('what is followed goes on after the last line that was seen, and with containers that come', async (t) => {
  const stop = new AbortController()
  const asked: string[] = []
  const own = await services(t, (id, { follow, since, onLine }) => {
    if (!follow && id === 'web') onLine({ at: '2027-03-01T12:00:01.999999999Z', text: 'one' })
    if (!follow) return
    asked.push(`${id} ${since ?? 'all'}`)
    own.containers.push(fakeContainer({ id: 'next', name: 'shop-r1-web-r1-2' }))
    if (id === 'next') stop.abort()
  })
  await readLogs({ ...wanted, service: 'web', follow: true }, own, {
    signal: stop.signal,
    onLine: () => undefined,
  })
  assert.deepEqual(asked.slice(0, 1), [`web ${Date.parse('2027-03-01T12:00:02Z') / 1000}.000000000`])
  assert.ok(asked.includes('next all'), asked.join())
})

test('a time is read as people write it', () => {
  const now = new Date('2027-03-01T12:00:00Z')
  const seconds = now.getTime() / 1000
  assert.equal(Number(readSince('10m', now)), seconds - 600)
  assert.equal(Number(readSince('2027-03-01T11:00:00Z', now)), seconds - 3600)
  assert.equal(readSince(undefined, now), undefined)
  for (const wrong of ['soon', '10', '-1h', '']) assert.throws(() => readSince(wrong, now), { code: 'USAGE' })
  assert.equal(secondsOf('2027-03-01T12:00:00.5Z'), `${seconds}.500000000`)
})
