import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { execa } from 'execa'
import { answer, selfSigned } from './faulty-server.ts'
import type { Report } from './report.ts'

const main = join(import.meta.dirname, 'main.ts')

test('the program loads an app over TLS until its stdin ends, then reports in one line', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'muelle-load-'))
  t.after(() => rm(folder, { recursive: true }))
  const app = createServer(await selfSigned(), (request, response) => answer(request, response, '7'))
  const names = new Set<string>()
  app.on('secureConnection', (socket) => names.add(String(socket.servername)))
  await once(app.listen(0, '127.0.0.1'), 'listening')
  t.after(() => app.close().closeAllConnections())

  const exchanges = join(folder, 'exchanges')
  const { port } = app.address() as AddressInfo
  const args = ['--port', String(port), '--host', 'app.localhost', '--rate', '100', '--exchanges', exchanges]
  const load = execa('node', [main, ...args])
  setTimeout(() => load.stdin.end(), 2000)
  const report: Report = JSON.parse((await load).stdout)

  assert.ok(report.sent > 100, `sent ${report.sent}`)
  assert.equal(report.lost, 0, JSON.stringify(report.losses))
  assert.deepEqual(
    report.versions.map((sighting) => sighting.version),
    ['7'],
  )
  assert.deepEqual([...names], ['app.localhost'])
  assert.equal((await readFile(exchanges, 'utf8')).trim().split('\n').length, report.sent)
})

test('an option it does not know ends the program', async () => {
  const result = await execa('node', [main, '--port', '1', '--host', 'a', '--retry', '3'], { reject: false })
  assert.equal(result.exitCode, 1)
  assert.match(result.stderr, /--retry/)
})
