import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import { probe } from '../../src/gateway/probe.ts'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'

const root = join(import.meta.dirname, '..', '..')
const domain = 'certificados.localhost'

/** C1 of the source documents: Django, PostgreSQL 15, Redis 7, nginx with TLS, static and media files. */
describe('examples/certificados in production', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let directory: string

  const get = (path: string, tls = true) =>
    probe({ address: '127.0.0.1', port: tls ? host.ports.https : host.ports.http, tls, host: domain, path })
  const up = async () => {
    const run = await host.muelle('up', directory, '--json')
    assert.equal(run.exitCode, 0, run.stderr)
    return JSON.parse(run.stdout) as { release: number; url: string; timing: Record<string, number> }
  }

  before(async () => {
    host = await createHost(cleanup)
    directory = await mkdtemp(join(tmpdir(), 'certificados-'))
    cleanup.after(() => rm(directory, { recursive: true, force: true }))
    await cp(join(root, 'examples', 'certificados'), directory, { recursive: true })
    const { url } = await up()
    assert.equal(url, `https://${domain}:${host.ports.https}/`)
  })

  test('answers over TLS, and redirects http to it', async () => {
    const page = await get('/')
    assert.equal(page.status, 200)
    assert.match(page.body, /Certificados/)
    const redirect = await get('/verify/?code=x', false)
    assert.equal(redirect.status, 308)
    assert.match(redirect.headers.location ?? '', new RegExp(`^https://${domain}.*/verify/\\?code=x$`))
  })

  test('two replicas answer, healthy, as a user that is not root', async () => {
    const health = await get('/health/')
    assert.deepEqual(JSON.parse(health.body), { status: 'ok', database: 'ok', cache: 'ok' })
    const filter = [
      '--filter',
      `label=org.muelle.app=${basename(directory).toLowerCase()}`,
      '--filter',
      'label=org.muelle.service=web',
    ]
    assert.equal(lines(await docker('ps', '--quiet', ...filter)).length, 2)
    const { stdout } = await host.muelle('exec', '-C', directory, 'web', 'id', '-un')
    assert.equal(stdout.trim(), 'app')
  })

  test('the gateway serves static files itself, from the volume', async () => {
    const [, path = ''] = /href="(\/static\/[^"]+\.css)"/.exec((await get('/')).body) ?? []
    const file = await get(path)
    assert.equal(file.status, 200)
    assert.match(file.headers['content-type'] ?? '', /text\/css/)
    assert.equal(file.headers['x-app-version'], undefined, 'Django was not asked')
  })

  test('an issued certificate can be verified, and its image comes from the media volume', async () => {
    const issue = [
      'from certificates.models import Certificate',
      'c = Certificate.objects.create(holder="Ada Lovelace", course="Máquinas analíticas")',
      'print(c.code, c.image.url)',
    ].join('\n')
    const run = await host.muelle('exec', '-C', directory, 'web', 'python', 'manage.py', 'shell', '-c', issue)
    const [code = '', image = ''] = run.stdout.trim().split(' ')
    const page = await get(`/verify/${code}/`)
    assert.equal(page.status, 200)
    assert.match(page.body, /Ada Lovelace/)
    const picture = await get(image)
    assert.equal(picture.status, 200)
    assert.equal(picture.headers['content-type'], 'image/png')
    assert.equal(picture.headers['x-app-version'], undefined)
  })

  test('a changed template goes live with the next up, on the same database', async () => {
    const template = join(directory, 'certificates', 'templates', 'certificates', 'base.html')
    const text = await readFile(template, 'utf8')
    await writeFile(template, text.replace('</head>', '<meta name="changed"></head>'))
    const { release } = await up()
    assert.equal(release, 2)
    const page = await get('/')
    assert.match(page.body, /<meta name="changed">/)
    const list = await host.muelle(
      'exec',
      '-C',
      directory,
      'db',
      'psql',
      '-U',
      'certificados_user',
      '-d',
      'certificados_prod',
      '-tAc',
      'SELECT holder FROM certificates_certificate',
    )
    assert.equal(list.stdout.trim(), 'Ada Lovelace')
  })

  test('its own tests pass in the image', async () => {
    const run = await host.muelle('exec', '-C', directory, 'web', 'python', 'manage.py', 'test', '--noinput')
    assert.equal(run.exitCode, 0, run.stderr)
    assert.match(run.stderr, /\nOK/)
  })

  test('manage.py check --deploy finds nothing', async () => {
    const run = await host.muelle(
      'exec',
      '-C',
      directory,
      'web',
      'python',
      'manage.py',
      'check',
      '--deploy',
      '--fail-level',
      'WARNING',
    )
    assert.equal(run.exitCode, 0, run.stderr)
  })
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
