import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { connectEngine, demultiplex, EngineRefusal } from './api.ts'

/** An engine that answers each request with its method, path and body, or with a status of the path. */
async function echo(t: TestContext): Promise<string> {
  const socket = join(temporaryFolder(t), 'docker.sock')
  const server = createServer(async (request, response) => {
    const status = Number(/status(\d+)/.exec(request.url ?? '')?.[1] ?? 200)
    let body = ''
    for await (const chunk of request) body += String(chunk)
    response.writeHead(status)
    const isEmpty = status === 204 || status === 304
    const answer = { method: request.method, url: request.url, body, message: 'because' }
    response.end(isEmpty ? '' : JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  t.after(() => server.close().closeAllConnections())
  return `unix://${socket}`
}

test('filters go as JSON in the query, bodies as JSON', async (t) => {
  const api = connectEngine(await echo(t))
  const { url } = await api.get<{ url: string }>('/containers/json', {
    all: true,
    filters: { label: ['a=b'] },
  })
  const query = new URL(url, 'http://engine').searchParams
  assert.equal(query.get('filters'), '{"label":["a=b"]}')
  assert.equal(query.get('all'), 'true')
  const { method, body } = await api.post<{ method: string; body: string }>('/x', { body: { Cmd: ['ls'] } })
  assert.deepEqual([method, body], ['POST', '{"Cmd":["ls"]}'])
})

test('an empty answer is nothing', async (t) => {
  const api = connectEngine(await echo(t))
  assert.equal(await api.post('/status204'), undefined)
})

test('a refusal tells its status and the engine’s reason', async (t) => {
  const api = connectEngine(await echo(t))
  await assert.rejects(api.get('/status404'), (error) => {
    assert.ok(error instanceof EngineRefusal)
    assert.deepEqual([error.status, error.message], [404, 'Docker refused: because'])
    return true
  })
  await assert.rejects(api.post('/status304'), { status: 304, message: 'Docker refused: HTTP 304' })
})

test('a full disk is told from other refusals', () => {
  assert.equal(new EngineRefusal(500, 'mkdir /var/lib/docker/x: no space left on device').code, 'DISK_FULL')
  assert.equal(new EngineRefusal(500, 'because').code, 'DOCKER_COMMAND_FAILED')
})

test('no engine, and one that breaks off, do not answer', async (t) => {
  const folder = temporaryFolder(t)
  const server = createServer((_, response) => void response.write('{', () => response.destroy()))
  await new Promise<void>((resolve) => server.listen(join(folder, 'broken.sock'), resolve))
  t.after(() => server.close())
  for (const name of ['nowhere.sock', 'broken.sock']) {
    const api = connectEngine(`unix://${join(folder, name)}`)
    await assert.rejects(api.get('/version'), { code: 'DOCKER_UNAVAILABLE' })
  }
})

test('frames of several streams are joined, and a frame that is cut off is left as it is', () => {
  const frame = (stream: number, text: string): Buffer => {
    const head = Buffer.alloc(8)
    head[0] = stream
    head.writeUInt32BE(Buffer.byteLength(text), 4)
    return Buffer.concat([head, Buffer.from(text)])
  }
  assert.equal(demultiplex(Buffer.concat([frame(1, 'out\n'), frame(2, 'err\n')])), 'out\nerr\n')
  assert.equal(demultiplex(Buffer.from([1, 0])), '')
})
