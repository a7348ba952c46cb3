import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createExample, type Example, until } from '../support/example.ts'
import { createHost, docker, freePort, type Host, lines, suiteCleanup } from '../support/host.ts'

/** The files of the document, each with the start of the SHA-256 that it has there. */
const document = {
  'docker-compose.prod.yml': '194d13aa66ce6666',
  'nginx/nginx.prod.conf': '34e858e497c2eabb',
  'nginx/default.prod.conf': 'e7e8dc52ef218b9f',
  'db/init.sql': '880731c411cae127',
  Dockerfile: 'fec6e9a3fe145377',
  '.dockerignore': '6d60b9217af620c2',
  '.env.example': 'd54e6ed01c69ecc2',
}

const root = ['env', 'DATABASE_URL=mysql://root:root_password@db:3306/backend_optimizacion']
const knapsack = {
  capacity: 5,
  items: [
    { name: 'saco', weight: 2, value: 3 },
    { name: 'cocina', weight: 3, value: 4 },
    { name: 'tienda', weight: 4, value: 5 },
  ],
}

/** B1 to B10 of the source documents: a Compose file as somebody else wrote it, with its own nginx and its faults. */
describe('the Compose file of Backend-Optimizacion, as it is written', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let example: Example
  let told: string
  let solved: string
  const files = ['docker-compose.prod.yml', 'ports.yml']
  const allow = ['compose-db-port-public', 'compose-db-password-weak']

  const manage = (...argv: string[]) => example.exec('web', 'python', 'manage.py', ...argv)
  const mysql = (query: string) => example.exec('db', 'mysql', '-uroot', '-proot_password', '-Ne', query)
  const logsOf = async (service: string) => (await host.muelle('logs', service, '--app', example.name)).stdout

  before(async () => {
    host = await createHost(cleanup)
    const port = await freePort()
    example = await createExample(cleanup, host, {
      example: 'backend-optimizacion',
      files,
      allow,
      entrance: { port },
    })
    // The only thing that a test cannot leave as it is: another app of this machine may have the same ports.
    const ports = {
      nginx: [`${port}:80`],
      db: [`${await freePort()}:3306`],
      redis: [`${await freePort()}:6379`],
    }
    const services = Object.entries(ports).map(
      ([name, list]) => `  ${name}: {ports: !override ${JSON.stringify(list)}}\n`,
    )
    await writeFile(join(example.directory, 'ports.yml'), `services:\n${services.join('')}`)
    told = (await example.up()).stderr
  })

  test('is the one of the document, byte for byte', async () => {
    for (const [file, expected] of Object.entries(document)) {
      const digest = createHash('sha256').update(await readFile(join(example.directory, file)))
      assert.equal(digest.digest('hex').slice(0, 16), expected, file)
    }
  })

  test('is deployed with a word on its fault: a dependency on the health of a service that has no health check', () => {
    assert.match(told, /nginx waits for the health of web, which has no health check/)
    assert.match(told, /`version` is obsolete/)
  })

  test('is refused until somebody agrees to what is critical in it', async () => {
    const up = ['up', example.directory, ...files.flatMap((file) => ['--file', file])]
    const { exitCode, stderr } = await host.muelle(...up)
    assert.notEqual(exitCode, 0)
    assert.match(stderr, /CHECK_FAILED/)
    for (const rule of allow) assert.match(stderr, new RegExp(rule))
  })

  test('its nginx is the web service, and what is behind it belongs to the release', async () => {
    const plan = await host.muelle(
      'plan',
      example.directory,
      ...files.flatMap((file) => ['-f', file]),
      '--json',
    )
    const { services } = JSON.parse(plan.stdout) as { services: { name: string; role: string }[] }
    assert.deepEqual(Object.fromEntries(services.map(({ name, role }) => [name, role])), {
      nginx: 'web',
      web: 'internal',
      celery: 'worker',
      'celery-beat': 'singleton',
      db: 'backing',
      redis: 'backing',
    })
  })

  test('the steps of the document follow: checks, migrations, a superuser, static files', async () => {
    await manage('check')
    await example.exec('db', 'mysqladmin', 'ping', '-h', 'localhost')
    assert.match(await example.exec('redis', 'redis-cli', '-a', 'redis_password', 'ping'), /PONG/)
    await manage('migrate', '--noinput')
    const account = ['--noinput', '--username', 'ana', '--email', 'ana@example.com']
    await example.exec(
      'web',
      'env',
      'DJANGO_SUPERUSER_PASSWORD=una-clave-larga',
      'python',
      'manage.py',
      'createsuperuser',
      ...account,
    )
    await manage('collectstatic', '--noinput')
  })

  test('its addresses answer', async () => {
    for (const path of ['/health/', '/api/', '/admin/login/'])
      assert.equal((await example.ask(path)).status, 200, path)
    assert.equal((await example.ask('/admin/')).status, 302)
    const style = await example.ask('/static/admin/css/base.css', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(style.status, 200)
    assert.match(String(style.headers['cache-control']), /max-age=31536000.*public, immutable/)
    assert.equal(style.headers['content-encoding'], 'gzip')
    const { headers } = await example.ask('/api/')
    assert.match(String(headers['content-security-policy']), /default-src 'self'/)
    assert.match(String(headers['x-xss-protection']), /1; mode=block/)
  })

  test('init.sql has run on the first start', async () => {
    assert.equal(
      await mysql(
        "SELECT default_character_set_name FROM information_schema.schemata WHERE schema_name = 'backend_optimizacion'",
      ),
      'utf8mb4',
    )
    assert.equal(
      await mysql("SELECT group_concat(host ORDER BY host) FROM mysql.user WHERE user = 'backend_user'"),
      '%,localhost',
    )
  })

  test('a problem goes through the queue, and a worker solves it', async () => {
    const asked = await example.ask('/api/problems/', { body: knapsack })
    assert.equal(asked.status, 202, asked.body)
    solved = String(asked.json()['url'])
    const answer = await until('the solution', async () => {
      const problem = (await example.ask(solved)).json()
      return problem['status'] === 'solved' ? problem : undefined
    })
    assert.deepEqual(answer['chosen'], ['saco', 'cocina'])
  })

  test('the scheduler ticks', async () => {
    await until('a tick', async () =>
      /Sending due task requeue-waiting/.test(await logsOf('celery-beat')) ? true : undefined,
    )
    await until('its work', async () =>
      /requeue_waiting.* succeeded/.test(await logsOf('celery')) ? true : undefined,
    )
  })

  test('each visitor has a rate limit of their own, although all come through the gateway', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async () => (await example.ask('/api/')).status),
    )
    assert.ok(statuses.includes(503), 'one visitor is limited')
    // Another one, with an address of their own on the gateway's network.
    const [pod = ''] = lines(
      await docker('network', 'ls', '--filter', `name=${host.instance}-`, '--format', '{{.Name}}'),
    )
    const ask = [
      'curl',
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '-H',
      'Host: localhost',
      `http://${pod}/api/`,
    ]
    assert.equal(await docker('run', '--rm', '--network', pod, 'nginx:alpine', ...ask), '200')
    assert.match(await logsOf('nginx'), /"GET \/api\/ HTTP\/1\.\d" 200/)
  })

  test('its own tests pass in the image, on MySQL', () =>
    example.test('web', ...root, 'python', 'manage.py', 'test', '--noinput'))

  test('what Muelle adds goes live without a lost request, and the answers stay', async () => {
    await example.exec('web', 'chown', '-R', '1000:1000', 'staticfiles', 'media')
    await example.withoutLoss('/health/', () => example.up('--file', 'docker-compose.muelle.yml'))
    assert.equal(await example.exec('web', 'id', '-un'), 'app')
    assert.equal((await example.ask(solved)).json()['value'], 7)
  })

  test('taken down, it leaves its volumes', () =>
    example.leavesOnlyVolumes('db_data_prod', 'media_volume_prod', 'redis_data_prod', 'static_volume_prod'))
})
