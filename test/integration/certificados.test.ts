import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import { containersOf, untilHealthy } from '../support/container.ts'
import { beginSession } from '../support/django-session.ts'
import { createExample, type Example } from '../support/example.ts'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'

const root = join(import.meta.dirname, '..', '..')
const domain = 'certificados.localhost'

/** C1 of the source documents: Django, PostgreSQL 15, Redis 7, nginx with TLS, static and media files. */
describe('examples/certificados in production', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let example: Example

  const manage = (...argv: string[]) => example.exec('web', 'python', 'manage.py', ...argv)

  before(async () => {
    host = await createHost(cleanup)
    example = await createExample(cleanup, host, { example: 'certificados', entrance: { domain } })
    const { stdout } = await example.up('--json')
    assert.equal((JSON.parse(stdout) as { url: string }).url, `https://${domain}:${host.ports.https}/`)
  })

  test('answers over TLS, and redirects http to it [C1]', async () => {
    const page = await example.ask('/')
    assert.equal(page.status, 200)
    assert.match(page.body, /Certificados/)
    const redirect = await host.get(domain, '/verify/?code=x')
    assert.equal(redirect.status, 308)
    assert.match(
      redirect.headers.location ?? '',
      new RegExp(`^https://${domain}:${host.ports.https}/verify/\\?code=x$`),
    )
  })

  test('two replicas answer, healthy, in Gunicorn, as a user that is not root [C1, C9]', async () => {
    const health = await example.ask('/health/')
    assert.deepEqual(health.json(), { status: 'ok', database: 'ok', cache: 'ok' })
    const replicas = await containersOf(example.name, 'web')
    assert.equal(replicas.length, 2)
    await untilHealthy(replicas)
    assert.match(await docker('top', replicas[0]?.Id ?? '', '-o', 'pid,args'), /gunicorn/)
    assert.equal(await example.exec('web', 'id', '-un'), 'app')
  })

  test('on Python 3.11, PostgreSQL 15 and Redis 7, which has the sessions and the cache [C1]', async () => {
    assert.match(await example.exec('web', 'python', '--version'), / 3\.11\./)
    assert.match(await example.exec('db', 'postgres', '--version'), / 15\./)
    const redis = (...argv: string[]) => example.exec('redis', 'redis-cli', '--raw', ...argv)
    assert.match(await redis('info', 'server'), /redis_version:7\./)
    const session = await manage('shell', '-c', beginSession)
    const keys = await redis('keys', '*')
    assert.match(keys, /:shown$/m)
    assert.ok(keys.includes(session), keys)
  })

  test('the gateway serves static files itself, from the volume [C1]', async () => {
    const [, path = ''] = /href="(\/static\/[^"]+\.css)"/.exec((await example.ask('/')).body) ?? []
    const file = await example.ask(path)
    assert.equal(file.status, 200)
    assert.match(file.headers['content-type'] ?? '', /text\/css/)
    assert.equal(file.headers['x-app-version'], undefined, 'Django was not asked')
  })

  test('an issued certificate can be verified, and its image comes from the media volume [C1]', async () => {
    const issue = [
      'from certificates.models import Certificate',
      'c = Certificate.objects.create(holder="Ada Lovelace", course="Máquinas analíticas")',
      'print(c.code, c.image.url)',
    ].join('\n')
    const [code = '', image = ''] = (await manage('shell', '-c', issue)).split(' ')
    const page = await example.ask(`/verify/${code}/`)
    assert.equal(page.status, 200)
    assert.match(page.body, /Ada Lovelace/)
    const picture = await example.ask(image)
    assert.equal(picture.status, 200)
    assert.equal(picture.headers['content-type'], 'image/png')
    assert.equal(picture.headers['x-app-version'], undefined)
  })

  test('a changed template goes live without a lost request, on the same database', async () => {
    await example.edit('certificates/templates/certificates/base.html', (text) =>
      text.replace('</head>', '<meta name="changed"></head>'),
    )
    await example.withoutLoss('/health/', () => example.up())
    assert.match((await example.ask('/')).body, /<meta name="changed">/)
    const query = 'SELECT holder FROM certificates_certificate'
    const sql = ['psql', '-U', 'certificados_user', '-d', 'certificados_prod', '-tAc', query]
    assert.equal(await example.exec('db', ...sql), 'Ada Lovelace')
  })

  test('its own tests pass in the image, those of the integration too [C12]', () =>
    example.test('web', 'python', 'manage.py', 'test', '--noinput'))

  test('manage.py check --deploy finds nothing', async () => {
    await manage('check', '--deploy', '--fail-level', 'WARNING')
  })

  test('taken down, it leaves its volumes', () =>
    example.leavesOnlyVolumes('media', 'postgres_data', 'redis_data', 'static'))
})

describe('a deployment under load', () => {
  test('loses nothing, and no visitor goes back and forth', async () => {
    const { stdout, exitCode, stderr } = await execa(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, 'bench', 'zero-loss.ts'), '--quick'],
      { reject: false },
    )
    assert.equal(exitCode, 0, stderr)
    const result = JSON.parse(lines(stdout).at(-1) ?? '{}') as Record<string, unknown>
    assert.equal(result['lost'], 0)
    assert.equal(result['regressions'], 0)
    assert.ok(Number(result['sent']) >= 1000)
  })
})
