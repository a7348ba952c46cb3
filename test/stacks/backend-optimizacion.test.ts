import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { parseEnv } from 'node:util'
import { freePort } from '../../bench/ports.ts'
import { containersOf } from '../support/container.ts'
import { createExample, type Example, until } from '../support/example.ts'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'

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

/** What its .dockerignore keeps out. */
const kept = {
  '.env': 'LOG_LEVEL=INFO\n',
  '.env.local': 'SECRET_KEY=9f2c61d07b84e3a5\n',
  '.env.prod': 'SECRET_KEY=9f2c61d07b84e3a5\n',
  '.git/config': '[core]\n',
  '.pytest_cache/README.md': 'a cache\n',
  '__pycache__/manage.cpython-311.pyc': 'a cache\n',
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
  let port: number
  let told: string
  let solved: string
  const files = ['docker-compose.prod.yml', 'ports.yml']
  const allow = ['compose-db-port-public', 'compose-db-password-weak']

  const manage = (...argv: string[]) => example.exec('web', 'python', 'manage.py', ...argv)
  const mysql = (query: string) => example.exec('db', 'mysql', '-uroot', '-proot_password', '-Ne', query)
  const logsOf = async (service: string) => (await host.muelle('logs', service, '--app', example.name)).stdout

  before(async () => {
    host = await createHost(cleanup)
    port = await freePort()
    example = await createExample(cleanup, host, {
      example: 'backend-optimizacion',
      files,
      allow,
      entrance: { port },
      loadPerSecond: 8,
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
    for (const [name, text] of Object.entries(kept)) {
      await mkdir(dirname(join(example.directory, name)), { recursive: true })
      await writeFile(join(example.directory, name), text, { mode: 0o600 })
    }
    told = (await example.up()).stderr
  })

  test('is the one of the document, byte for byte [B1]', async () => {
    for (const [file, expected] of Object.entries(document)) {
      const digest = createHash('sha256').update(await readFile(join(example.directory, file)))
      assert.equal(digest.digest('hex').slice(0, 16), expected, file)
    }
  })

  test('is deployed with a word on its fault: a dependency on the health of a service that has no health check [B1]', () => {
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

  test('the steps of the document follow: checks, migrations, a superuser, static files [B5]', async () => {
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

  test('its addresses answer, as its nginx says [B2]', async () => {
    for (const path of ['/health/', '/api/', '/admin/login/'])
      assert.equal((await example.ask(path)).status, 200, path)
    assert.equal((await example.ask('/admin/')).status, 302)
    const style = await example.ask('/static/admin/css/base.css', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(style.status, 200)
    assert.match(String(style.headers['cache-control']), /max-age=31536000.*public, immutable/)
    assert.equal(style.headers['content-encoding'], 'gzip')
    const { headers } = await example.ask('/api/')
    assert.equal(headers['content-encoding'], undefined, 'too short to be compressed')
    const secured = {
      'x-frame-options': 'SAMEORIGIN',
      'x-xss-protection': '1; mode=block',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer-when-downgrade',
      'content-security-policy': "default-src 'self' http: https: data: blob: 'unsafe-inline'",
    }
    for (const [name, value] of Object.entries(secured))
      assert.ok(String(headers[name]).split(', ').includes(value), `${name}: ${headers[name]}`)
    await example.exec('web', 'sh', '-c', 'echo picture >/app/media/picture.txt')
    const picture = await example.ask('/media/picture.txt')
    assert.equal(picture.body, 'picture\n')
    assert.match(String(picture.headers['cache-control']), /max-age=31536000.*public, immutable/)
    assert.doesNotMatch(await logsOf('nginx'), /GET \/health\//)
  })

  test('its verification: state, use of resources, published port, logs of each service, four addresses [B8]', async () => {
    const { stdout } = await host.muelle('status', example.name, '--json')
    const [{ url, services }] = JSON.parse(stdout)
    assert.equal(new URL(url).port, String(port))
    for (const { name, running, wanted, uses } of services) {
      assert.deepEqual([name, running], [name, wanted])
      assert.ok(uses.memory > 1e6 && uses.cpus >= 0, `${name} takes ${JSON.stringify(uses)}`)
      assert.notEqual(await logsOf(name), '', name)
    }
    for (const path of ['/health/', '/api/', '/admin/login/', '/static/admin/css/base.css'])
      assert.equal((await example.ask(path)).status, 200, path)
  })

  test('what its nginx is told, and cannot be seen from outside, is in force [B2, B9]', async () => {
    const configuration = await example.exec('nginx', 'nginx', '-T')
    for (const line of [
      'gzip_comp_level 6;',
      'gzip_min_length 1024;',
      'limit_req_zone $binary_remote_addr zone=api:10m rate=10r/s;',
      'limit_req zone=api burst=20 nodelay;',
      'proxy_connect_timeout 30s;',
      'proxy_send_timeout 30s;',
      'proxy_read_timeout 30s;',
      'worker_processes auto;',
      'worker_connections 1024;',
    ])
      assert.ok(configuration.includes(line), line)
  })

  test('init.sql has run on the first start [B3]', async () => {
    assert.equal(
      await mysql(
        "SELECT default_character_set_name FROM information_schema.schemata WHERE schema_name = 'backend_optimizacion'",
      ),
      'utf8mb4',
    )
    for (const from of ['%', 'localhost'])
      assert.match(
        await mysql(`SHOW GRANTS FOR 'backend_user'@'${from}'`),
        /GRANT ALL PRIVILEGES ON [`\\]*backend\\?_optimizacion[`]*\.\*/,
      )
  })

  test('every line of its .env has its effect on the settings [B4]', async () => {
    const text = await readFile(join(example.directory, '.env.example'), 'utf8')
    const { DEBUG, SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL, ...rest } = parseEnv(text)
    // The parts of the addresses, which the document names one by one as well.
    const {
      DB_NAME,
      DB_USER,
      DB_PASSWORD,
      DB_HOST,
      DB_PORT,
      REDIS_HOST,
      REDIS_PORT,
      REDIS_PASSWORD,
      ...plain
    } = rest
    assert.equal(DATABASE_URL, `mysql://${DB_USER}:${DB_PASSWORD}@${DB_HOST}:${DB_PORT}/${DB_NAME}`)
    assert.equal(plain['REDIS_URL'], `redis://:${REDIS_PASSWORD}@${REDIS_HOST}:${REDIS_PORT}/0`)
    const { SECURE_BROWSER_XSS_FILTER, ...effective } = plain
    assert.equal(SECURE_BROWSER_XSS_FILTER, 'True', 'Django knows it no more')
    const program = [
      'import json, os, django',
      'from django.conf import settings',
      'django.setup()',
      'names = [*json.loads(os.environ["NAMES"]), "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASES"]',
      'print(json.dumps({name: getattr(settings, name) for name in names}, default=str))',
    ]
    const given = Object.entries(parseEnv(text)).map(([name, value]) => `${name}=${value}`)
    const names = `NAMES=${JSON.stringify(Object.keys(effective))}`
    const argv = ['env', ...given, names, 'DJANGO_SETTINGS_MODULE=settings.settings']
    const found = JSON.parse(await example.exec('web', ...argv, 'python', '-c', program.join('\n')))
    for (const [name, value = ''] of Object.entries(effective))
      assert.equal(String(found[name]).toLowerCase(), value.toLowerCase(), name)
    assert.equal(found.DEBUG, false)
    assert.equal(found.SECRET_KEY, SECRET_KEY)
    for (const name of (ALLOWED_HOSTS ?? '').split(',')) assert.ok(found.ALLOWED_HOSTS.includes(name), name)
    const { NAME, USER, PASSWORD, HOST, PORT } = found.DATABASES.default
    assert.deepEqual(
      [NAME, USER, PASSWORD, HOST, String(PORT)],
      [DB_NAME, DB_USER, DB_PASSWORD, DB_HOST, DB_PORT],
    )
  })

  test('no secret, nothing of Git and no cache is in the image [B11]', async () => {
    const names = lines(await example.exec('web', 'ls', '-A', '/app'))
    assert.ok(names.includes('manage.py'))
    for (const name of Object.keys(kept)) assert.ok(!names.includes(name.split('/')[0] ?? ''), name)
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

  test('its operations: a shell, logs of one service, a dump that brings back what was lost [B10]', async () => {
    assert.equal(await example.exec('web', 'sh', '-c', 'echo $DEBUG'), 'False')
    assert.match(await logsOf('celery'), /^celery-r1-1/m)
    const database = ['-uroot', '-proot_password', 'backend_optimizacion']
    const dump = await example.exec('db', 'mysqldump', '--set-gtid-purged=OFF', ...database)
    await mysql('DELETE FROM backend_optimizacion.problems_problem')
    assert.equal((await example.ask(solved)).status, 404)
    const restored = await host.send(dump, 'exec', '--app', example.name, 'db', 'mysql', ...database)
    assert.equal(restored.exitCode, 0, restored.stderr)
    assert.equal((await example.ask(solved)).json()['status'], 'solved')
  })

  test('the scheduler ticks', async () => {
    await until('a tick', async () =>
      /Sending due task requeue-waiting/.test(await logsOf('celery-beat')) ? true : undefined,
    )
    await until('its work', async () =>
      /requeue_waiting.* succeeded/.test(await logsOf('celery')) ? true : undefined,
    )
  })

  test('each visitor has a rate limit of their own, although all come through the gateway [B2]', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async () => (await example.ask('/api/')).status),
    )
    assert.ok(statuses.includes(503), 'one visitor is limited')
    assert.equal(await example.asAnotherVisitor('/api/'), 200)
    assert.match(await logsOf('nginx'), /"GET \/api\/ HTTP\/1\.\d" 200/)
  })

  test('its own tests pass in the image, on MySQL', () =>
    example.test('web', ...root, 'python', 'manage.py', 'test', '--noinput'))

  test('what Muelle adds goes live without a lost request, and the answers stay [B9]', async () => {
    await example.exec('web', 'chown', '-R', '1000:1000', 'staticfiles', 'media')
    await example.withoutLoss('/health/', () => example.up('--file', 'docker-compose.muelle.yml'))
    assert.equal(await example.exec('web', 'id', '-un'), 'app')
    assert.equal((await example.ask(solved)).json()['value'], 7)
    const [web] = await containersOf(example.name, 'web')
    const processes = lines(await docker('top', web?.Id ?? '', '-o', 'pid,args')).slice(1)
    assert.equal(processes.length, 1 + 4, 'Gunicorn and its workers')
  })

  test('taken down, it leaves its volumes', () =>
    example.leavesOnlyVolumes('db_data_prod', 'media_volume_prod', 'redis_data_prod', 'static_volume_prod'))
})
