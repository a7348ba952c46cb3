import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunningApp, startApp } from './start.ts'

interface Item {
  readonly id: number
  readonly code: string
}

const url = ({ port }: RunningApp, path: string) => `http://127.0.0.1:${port}${path}`

async function addItem(app: RunningApp, code: string): Promise<Item> {
  const response = await fetch(url(app, '/items'), { method: 'POST', body: JSON.stringify({ code }) })
  assert.equal(response.status, 201)
  return { ...((await response.json()) as { id: number }), code }
}

async function storedItems(app: RunningApp): Promise<Item[]> {
  const lines = (await (await fetch(url(app, '/items'))).text()).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}

/** Half of the body now, the other half when `rest` is called. */
function startUpload({ port }: RunningApp, body: Buffer) {
  const headers = { 'content-length': String(body.length) }
  const request = http.request({ host: '127.0.0.1', port, method: 'PUT', path: '/upload', headers })
  const half = body.length / 2
  request.write(body.subarray(0, half))
  const answered = once(request, 'response').then(async ([answer]) => JSON.parse(await text(answer)))
  return { request, answered, rest: () => request.end(body.subarray(half)) }
}

const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('hex')

test('page and health carry the version, on one connection', async () => {
  await using app = await startApp()
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const version = (await readFile(join(import.meta.dirname, 'VERSION'), 'utf8')).trim()
  for (const path of ['/', '/health/', '/nothing']) {
    const request = http.get(url(app, path), { agent })
    const [answer] = await once(request, 'response')
    await text(answer)
    assert.equal(answer.statusCode, path === '/nothing' ? 404 : 200)
    assert.equal(answer.headers['x-app-version'], version)
    assert.equal(request.reusedSocket, path !== '/')
  }
  agent.destroy()
})

test('two processes store at once in one file: every id is one row, under its code', async () => {
  await using first = await startApp()
  await using second = await startApp(first.dataFolder)
  const codes = Array.from({ length: 200 }, (_, index) => `code-${index}`)
  const items = await Promise.all(codes.map((code, index) => addItem(index % 2 === 0 ? first : second, code)))
  assert.equal(new Set(items.map(({ id }) => id)).size, codes.length)
  assert.deepEqual(
    await storedItems(second),
    items.toSorted((a, b) => a.id - b.id),
  )
})

test('what is no item is refused, and stores nothing', async () => {
  await using app = await startApp()
  for (const body of ['', 'no json', '[]', '{}']) {
    assert.equal((await fetch(url(app, '/items'), { method: 'POST', body })).status, 400)
  }
  assert.equal(await (await fetch(url(app, '/items'))).text(), '')
})

test('an upload is stored under its hash; one that is cut is not', async () => {
  await using app = await startApp()
  const cut = startUpload(app, randomBytes(20_000))
  await sleep(100)
  cut.request.destroy()
  await assert.rejects(cut.answered)

  const body = randomBytes(20_000)
  const whole = startUpload(app, body)
  whole.rest()
  const { id, ...rest } = await whole.answered
  assert.deepEqual(rest, { bytes: 20_000, sha256: sha256(body) })
  assert.deepEqual(await storedItems(app), [{ id, code: sha256(body) }])
})

test('events are numbered, carry the version, and the last one says that it is', async () => {
  await using app = await startApp()
  const response = await fetch(url(app, '/events?seconds=2'))
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  assert.equal(await response.text(), 'id: 1\ndata: 1\n\nid: 2\ndata: 1\n\nevent: end\ndata: 1\n\n')
})

test('a WebSocket echoes short, long and empty messages, and is closed with 1001 on SIGTERM', async () => {
  await using app = await startApp()
  const socket = new WebSocket(url(app, '/ws').replace('http', 'ws'))
  await once(socket, 'open')
  for (const message of ['', 'ñandú', 'x'.repeat(300), 'y'.repeat(70_000)]) {
    socket.send(message)
    const [{ data }] = await once(socket, 'message')
    assert.equal(data, message)
  }
  const closed = once(socket, 'close')
  assert.equal(await app.terminate(), 0)
  const [{ code, wasClean }] = await closed
  assert.deepEqual({ code, wasClean }, { code: 1001, wasClean: true })
})

test('a WebSocket that the client closes is closed with its code', async () => {
  await using app = await startApp()
  const socket = new WebSocket(url(app, '/ws').replace('http', 'ws'))
  await once(socket, 'open')
  socket.close(3210)
  const [{ code, wasClean }] = await once(socket, 'close')
  assert.deepEqual({ code, wasClean }, { code: 3210, wasClean: true })
})

test('SIGTERM lets a slow answer, an upload and events end, closes idle connections, takes no new ones', async () => {
  await using app = await startApp()
  const slow = fetch(url(app, '/slow?seconds=1.5'))
  const events = fetch(url(app, '/events?seconds=2')).then((response) => response.text())
  const body = randomBytes(20_000)
  const upload = startUpload(app, body)
  await fetch(url(app, '/health/')).then((response) => response.text())
  await sleep(300)

  const ended = app.terminate()
  await sleep(300)
  await assert.rejects(fetch(url(app, '/health/')))
  upload.rest()
  assert.equal((await upload.answered).sha256, sha256(body))
  const answer = await slow
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('connection'), 'close')
  assert.match(await events, /event: end/)
  assert.equal(await ended, 0)
})
