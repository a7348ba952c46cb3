import assert from 'node:assert/strict'
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { freePort } from '../../bench/ports.ts'
import { createExample, type Example } from '../support/example.ts'
import { createHost, docker, type Host, suiteCleanup } from '../support/host.ts'

const written = join(import.meta.dirname, '..', 'support', 'stacks', 'certificados-as-written')
const headers = { host: 'tu-dominio.com' }
/**
 * What the check finds critical: the password of its example, files of secrets that end up in the image, and an nginx
 * that redirects what the gateway already has over TLS.
 */
const allow = ['compose-db-password-weak', 'image-secret-baked', 'nginx-redirect-loop']

/** The file hands the app none of the document's variables, so the app reads them itself, as its author's must. */
const readsItsOwnEnvironment = `import os
from pathlib import Path

for line in (Path(__file__).resolve().parent.parent / ".env").read_text().splitlines():
    name, equals, value = line.partition("=")
    if equals and not line.startswith("#"):
        os.environ.setdefault(name, value)
`

/** C1 and C6 of the source documents: its Compose file, Dockerfile and nginx.conf around the project of the example. */
describe('the Compose structure of Certificados, as it is written', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let example: Example

  before(async () => {
    host = await createHost(cleanup)
    const port = await freePort()
    const files = ['docker-compose.yml', 'more.yml']
    example = await createExample(cleanup, host, {
      example: 'certificados',
      files,
      allow,
      entrance: { port },
    })
    const { directory, edit } = example
    for (const name of ['compose.yaml', '.dockerignore', '.env.example']) await rm(join(directory, name))
    await cp(written, directory, { recursive: true })
    await cp(join(written, '.env.production'), join(directory, '.env'))
    await edit('config/env.py', (text) => text.replace('import os\n', readsItsOwnEnvironment))
    // Its Dockerfile has no compiler, which psycopg2 itself would need.
    await edit('requirements.txt', (text) => text.replace('psycopg2>=', 'psycopg2-binary>='))
    // Folders of the host belong to whoever made them, and the app is not root.
    for (const name of ['media', 'staticfiles']) {
      await mkdir(join(directory, name))
      await chmod(join(directory, name), 0o777)
    }
    // What the structure leaves out, the commands that the document has after it, and ports that no other app has.
    const more = `services:
  nginx: {ports: !override ["${port}:80"]}
volumes: {postgres_data: , redis_data: }
x-muelle:
  release: [python manage.py migrate --noinput, python manage.py collectstatic --noinput]
`
    await writeFile(join(directory, 'more.yml'), more)
  })

  test('it declares no volumes, which Compose does not accept: that is the reason given', async () => {
    const { exitCode, stderr } = await host.muelle('plan', example.directory)
    assert.notEqual(exitCode, 0)
    assert.match(stderr, /undefined volume (postgres|redis)_data/)
    assert.match(stderr, /COMPOSE_INVALID/)
  })

  test('its nginx.conf is no whole configuration: that is the reason given, and nothing is left running', async () => {
    const { exitCode, stderr } = await example.tryUp()
    assert.notEqual(exitCode, 0)
    assert.match(stderr, /START_FAILED/)
    assert.match(stderr, /"server" directive is not allowed here in \/etc\/nginx\/nginx\.conf:1/)
    const left = await docker(
      'ps',
      '--all',
      '--filter',
      `name=${example.name}-r[0-9]`,
      '--format',
      '{{.Names}}',
    )
    assert.equal(left, '')
  })

  test('with the lines around it that nginx wants, and TLS left to the gateway, it is deployed', async () => {
    await example.edit('nginx.conf', (text) => {
      // The first of its two servers only redirects to the second.
      const site = text
        .slice(text.lastIndexOf('server {'))
        .replace('listen 443 ssl http2', 'listen 80')
        .replaceAll(/^.*ssl_certificate.*\n/gm, '')
      return `events {}\nhttp {\ninclude /etc/nginx/mime.types;\n${site}}\n`
    })
    await example.up()
    const page = await example.ask('/', { headers })
    assert.match(page.body, /Certificados/)
    assert.equal((await example.ask('/health/', { headers })).status, 200)
  })

  test('nginx serves the static files from the folder of the project', async () => {
    const [, path = ''] =
      /href="(\/static\/[^"]+\.css)"/.exec((await example.ask('/', { headers })).body) ?? []
    const style = await example.ask(path, { headers })
    assert.equal(style.status, 200)
    assert.match(String(style.headers['cache-control']), /public, immutable/)
    const file = join(example.directory, 'staticfiles', path.replace('/static/', ''))
    assert.equal(style.body, await readFile(file, 'utf8'))
  })

  test('a change goes live without a lost request', async () => {
    await example.edit('VERSION', () => '2\n')
    await example.withoutLoss('/health/', () => example.up())
    assert.equal((await example.ask('/health/', { headers })).headers['x-app-version'], '2')
  })

  test('taken down, it leaves its volumes', () => example.leavesOnlyVolumes('postgres_data', 'redis_data'))
})
