import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { execa } from 'execa'
import { startApp } from '../app/start.ts'
import { checkPosts, type Row } from '../posts.ts'
import type { Exchange } from './exchange.ts'
import { answerStream, startHttp2Server, startServer } from './faulty-server.ts'
import type { MixedReport } from './mixed-report.ts'

const main = join(import.meta.dirname, 'mixed.ts')

function startMixed(port: number, ...options: readonly string[]) {
  const where = ['--port', String(port), '--host', 'app.localhost']
  return execa('node', [main, ...where, '--session-seconds', '1', ...options])
}

const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

test('all kinds on a healthy app: nothing is lost, and all that was stored is in the file', async () => {
  await using app = await startApp()
  await using secure = await startHttp2Server(answerStream)
  const file = join(app.dataFolder, 'exchanges')
  const size = ['--rate', '50', '--requests', '100', '--tls-port', String(secure.port)]
  const { stdout } = await startMixed(app.port, ...size, '--exchanges', file)

  const report: MixedReport = JSON.parse(stdout)
  assert.equal(report.lost, 0, JSON.stringify(report.losses))
  const started = (kind: string) => report.byKind[kind]?.started ?? 0
  assert.equal(started('fresh') + started('keep-alive'), 100)
  const kinds = ['fresh', 'keep-alive', 'http2', 'slow-upload', 'slow-answer', 'events', 'websocket']
  assert.deepEqual(Object.keys(report.byKind), kinds)
  assert.ok(kinds.every((kind) => started(kind) >= 2))

  const rows: Row[] = jsonLines(await (await fetch(`http://127.0.0.1:${app.port}/items`)).text())
  const results: (Exchange & { kind: string })[] = jsonLines(await readFile(file, 'utf8'))
  assert.equal(results.length, report.sent)
  const ofApp = results.filter(({ kind }) => kind !== 'http2')
  assert.deepEqual(checkPosts(ofApp, rows), { answered: rows.length, missing: 0, doubled: 0 })
})

test('a file of the gateway is asked for as often as the page', async () => {
  const asked: string[] = []
  await using app = await startServer(({ url = '' }, response) => {
    asked.push(url)
    response.end()
  })
  const none = ['slow-upload', 'slow-answer', 'events', 'websocket'].flatMap((kind) => [`--${kind}`, '0'])
  await startMixed(app.port, ...none, '--post', '0', '--requests', '40', '--file', '/files/note.txt')
  assert.deepEqual(asked.sort(), [...Array(20).fill('/'), ...Array(20).fill('/files/note.txt')])
})

test('an app that only fails: all is lost, of every kind, and sessions do not begin without a pause', async () => {
  await using app = await startServer((_, response) => response.writeHead(503).end())
  const report: MixedReport = JSON.parse(
    (await startMixed(app.port, '--rate', '20', '--requests', '30')).stdout,
  )
  assert.equal(report.lost, report.sent)
  assert.ok(report.sent < 60, `${report.sent} sent`)
  assert.equal(report.losses.length, 20)
  assert.deepEqual([...new Set(report.losses.map(({ lost }) => lost))], ['status 503'])
})

test('the end of stdin ends it; sessions under way are waited for', async () => {
  await using app = await startApp()
  const load = startMixed(app.port, '--requests', '1000000')
  setTimeout(() => load.stdin.end(), 1500)
  const report: MixedReport = JSON.parse((await load).stdout)
  assert.equal(report.lost, 0, JSON.stringify(report.losses))
  assert.ok((report.byKind['events']?.started ?? 0) >= 1)
})
