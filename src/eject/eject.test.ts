import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { built, composeFile, published, shopFile, waitsFor } from '../../test/support/app.ts'
import { ejected, everything, held, textOf } from '../../test/support/ejection.ts'
import type { ComposeFile, ComposeService } from '../app/compose.ts'

type Service = Record<string, unknown>
interface Parsed extends Record<string, unknown> {
  services: Record<string, Service>
}

const composeOf = (...given: Parameters<typeof ejected>): Parsed =>
  parse(textOf(ejected(...given).files, 'compose.yaml')) as Parsed
const pathsOf = (...given: Parameters<typeof ejected>): string[] =>
  ejected(...given).files.map(({ path }) => path)
const withServices = (services: Record<string, ComposeService>, rest: Partial<ComposeFile> = {}) =>
  composeFile({ web: { ...built, ports: published }, ...services }, rest)

describe('the Compose file of a folder', () => {
  test('has the services under their own names, and those that stood in front', () => {
    const { name, services } = composeOf()
    assert.equal(name, 'shop')
    const commands = ['release-command-1', 'release-command-2']
    assert.deepEqual(Object.keys(services), [
      ...['web', 'worker', 'beat', 'db', 'redis'],
      ...commands,
      ...['nginx', 'certbot'],
    ])
  })
  test('has nothing of Muelle', () => {
    assert.doesNotMatch(textOf(ejected().files, 'compose.yaml'), /x-muelle|org\.muelle|MUELLE_/)
  })
  test('builds from the project, which can move, under a name that is not of a release', () => {
    const { build, image } = composeOf().services['worker'] ?? {}
    assert.deepEqual(build, { context: `\${PROJECT_DIR:-/srv/shop}`, dockerfile: 'Dockerfile' })
    assert.equal(image, 'shop-web:ejected')
  })
  test('leaves a path alone in which Compose would see a variable', () => {
    const strange = `/srv/\${A}`
    const file = composeFile({ web: { build: { context: strange }, ports: published } })
    assert.deepEqual(composeOf(file).services['web']?.['build'], { context: strange })
  })
  test('has as many replicas as ran, and never two schedulers', () => {
    const replicas = { web: 5, beat: 3 }
    const { services } = composeOf(undefined, { replicas })
    assert.deepEqual(services['web']?.['deploy'], { replicas: 5 })
    assert.equal(services['beat']?.['deploy'], undefined)
  })
  test('publishes only nginx and what backing services publish', () => {
    const file = shopFile(everything)
    file.services['db'] = { ...file.services['db'], ports: [{ target: 5432, published: '5432' }] }
    const { services } = composeOf(file)
    assert.equal(services['web']?.['ports'], undefined)
    assert.deepEqual(services['db']?.['ports'], [{ target: 5432, published: '5432' }])
    assert.deepEqual(services['nginx']?.['ports'], [`\${HTTP_PORT:-80}:80`, `\${HTTPS_PORT:-443}:443`])
  })
  test('keeps the volumes of this machine, and those that are used', () => {
    const file = shopFile(everything)
    file.volumes = { ...file.volumes, forgotten: { name: 'shop_forgotten' } }
    assert.deepEqual(composeOf(file)['volumes'], {
      data: { name: 'shop_data', external: true },
      static: { name: 'shop_static', external: true },
      challenges: {},
      letsencrypt: {},
    })
  })
  test('lets nginx reach the web service and nothing else', () => {
    const { services } = composeOf()
    assert.deepEqual(services['nginx']?.['networks'], ['edge'])
    const joined = Object.entries(services).filter(([, { networks }]) => String(networks).includes('edge'))
    assert.deepEqual(
      joined.map(([name]) => name),
      ['web', 'nginx', 'certbot'],
    )
  })
  test('gives a server that Muelle probed itself a health check to wait for', () => {
    const { services } = composeOf()
    assert.match(JSON.stringify(services['db']?.['healthcheck']), /pg_isready/)
    assert.match(JSON.stringify(services['web']?.['depends_on']), /service_healthy/)
  })
  test('does not wait for the health of what has no check', () => {
    const api = { ...built, command: ['gunicorn', 'shop'] }
    const file = withServices({ web: { ...built, ports: published, depends_on: waitsFor('api') }, api })
    assert.match(JSON.stringify(composeOf(file).services['web']?.['depends_on']), /service_started/)
  })
  test('leaves the certbot of the file behind, and what waits for it', () => {
    const file = withServices({
      web: { ...built, ports: published, depends_on: waitsFor('certbot', 'service_started') },
      certbot: { image: 'certbot/certbot', command: ['renew'] },
    })
    const { services } = composeOf(file)
    assert.equal(services['certbot'], undefined)
    assert.equal(services['web']?.['depends_on'], undefined)
  })
  test('keeps networks with what is said about them', () => {
    const file = withServices(
      { worker: { ...built, networks: { back: { aliases: ['jobs'] } } } },
      { networks: { default: { name: 'shop_default' }, back: { name: 'shop_back', internal: true } } },
    )
    const { networks, services } = composeOf(file)
    assert.deepEqual(networks, { back: { internal: true }, edge: {} })
    assert.deepEqual(services['worker']?.['networks'], { back: { aliases: ['jobs'] } })
  })
  test('keeps configs and secrets, whose files are in the project', () => {
    const file = withServices(
      {},
      { configs: { motd: { file: '/srv/shop/motd' } }, secrets: { key: { environment: 'TLS_KEY' } } },
    )
    const { configs, secrets } = composeOf(file)
    assert.deepEqual(configs, { motd: { file: `\${PROJECT_DIR:-/srv/shop}/motd` } })
    assert.deepEqual(secrets, { key: { environment: 'TLS_KEY' } })
    assert.deepEqual([...ejected(file).values.keys()], ['TLS_KEY'])
  })
})

describe('what stands in front', () => {
  const proxied = (settings: object, more: ComposeService = {}) =>
    composeFile(
      {
        proxy: {
          image: 'nginx:1.27',
          networks: { default: null },
          ports: published,
          depends_on: waitsFor('web', 'service_started'),
          ...more,
        },
        web: { ...built, command: ['gunicorn', 'shop'] },
      },
      { 'x-muelle': settings },
    )

  test('is nothing when the file has a proxy and published it', () => {
    assert.deepEqual(Object.keys(composeOf(proxied({})).services), ['proxy', 'web'])
    assert.deepEqual(composeOf(proxied({})).services['proxy']?.['ports'], published)
    assert.ok(!pathsOf(proxied({})).some((path) => path.startsWith('nginx/')))
  })
  test('is nginx before a proxy that has no certificate of its own', () => {
    const { services } = composeOf(proxied({ domains: ['shop.example.com'] }))
    assert.deepEqual(Object.keys(services), ['proxy', 'web', 'nginx'])
    assert.equal(services['proxy']?.['ports'], undefined)
  })
  test('takes another name where the file has an nginx', () => {
    const { nginx = {}, web = {} } = {
      nginx: proxied({}).services['proxy'],
      web: proxied({}).services['web'],
    }
    const file = composeFile({ nginx, web }, { 'x-muelle': { domains: ['shop.example.com'] } })
    assert.deepEqual(Object.keys(composeOf(file).services), ['nginx', 'web', 'front'])
  })
  test('answers on the published port where there are no domains', () => {
    const file = withServices({})
    assert.deepEqual(composeOf(file).services['nginx']?.['ports'], [`\${HTTP_PORT:-8000}:80`])
    assert.match(textOf(ejected(file).files, 'nginx/sites/shop.conf'), /server_name _;/)
  })
  test('asks for certificates only where an authority gives them', () => {
    const { services } = composeOf(shopFile({ domains: ['shop.example.com'] }))
    assert.equal(services['certbot'], undefined)
    assert.equal(services['nginx']?.['entrypoint'], undefined)
    assert.doesNotMatch(JSON.stringify(services['nginx']), /renewed/)
  })
  test('passes requests to every replica, and limits what was limited', () => {
    const text = textOf(ejected().files, 'nginx/sites/shop.conf')
    assert.match(text, /server web:8000 resolve/)
    assert.match(text, /limit_req_zone \$binary_remote_addr/)
    assert.match(text, /location \/api\/ \{[^}]*proxy_read_timeout 300s;/)
    assert.match(text, /location \/ping\/ \{[^}]*access_log off;/)
    assert.match(text, /alias \/srv\/files\/static\/;/)
    assert.doesNotMatch(text, /unix:|probe|etc\/muelle/)
    assert.doesNotMatch(textOf(ejected().files, 'nginx/nginx.conf'), /unix:|etc\/muelle/)
  })
  test('has the certificate where only its owner reads it', () => {
    const pem = ejected().files.find(({ path }) => path === 'tls/shop.pem')
    assert.equal(pem?.mode, 0o600)
    assert.equal(pem.text, 'the key and the chain')
  })
})

describe('secrets', () => {
  const secret = 'k7Gz2mQp9xTb4vLw'
  const file = (environment: Record<string, string>, command = ['run']) =>
    withServices({ worker: { ...built, command, environment } })

  test('of Muelle stay variables, and their values come from it', () => {
    const { values, files } = ejected(file({ KEY: `\${API_KEY:?}` }), {
      secrets: held({ API_KEY: secret, UNUSED: 'x' }),
    })
    assert.deepEqual(
      [...values].map(([name, value]) => [name, value?.reveal()]),
      [['API_KEY', secret]],
    )
    assert.ok(files.every(({ text }) => !text.includes(secret)))
  })
  test('that stand in the file become variables wherever they stand', () => {
    const given = file({ DB_PASSWORD: secret, URL: `redis://:${secret}@redis:6379/0` }, [
      'run',
      `--pass=${secret}`,
    ])
    const { values, files } = ejected(given)
    const { worker } = (parse(textOf(files, 'compose.yaml')) as Parsed).services
    assert.deepEqual(worker?.['environment'], {
      DB_PASSWORD: `\${DB_PASSWORD:?}`,
      URL: `redis://:\${DB_PASSWORD:?}@redis:6379/0`,
    })
    assert.deepEqual(worker['command'], ['run', `--pass=\${DB_PASSWORD:?}`])
    assert.equal(values.get('DB_PASSWORD')?.reveal(), secret)
    assert.ok(files.every(({ text }) => !text.includes(secret)))
  })
  test('in URLs are found, and dollar signs are one again', () => {
    const { values } = ejected(file({ DATABASE_URL: `postgres://u:${secret}$$5@db/x` }))
    assert.equal(values.get('DATABASE_URL_PASSWORD')?.reveal(), `${secret}$5`)
  })
  test('of one name with two values stay apart', () => {
    const other = `${secret}another`
    const given = withServices({
      worker: { ...built, environment: { TOKEN: secret } },
      jobs: { ...built, command: ['x'], environment: { TOKEN: other } },
    })
    const { values, files } = ejected(given)
    assert.equal(values.get('TOKEN')?.reveal(), secret)
    assert.equal(values.get('JOBS_TOKEN')?.reveal(), other)
    assert.match(textOf(files, 'compose.yaml'), /TOKEN: \$\{JOBS_TOKEN:\?\}/)
  })
  test('have no name that Docker reads', () => {
    assert.deepEqual([...ejected(file({ DOCKER_TOKEN: secret })).values.keys()], ['WORKER_DOCKER_TOKEN'])
  })
  test('are not what anybody can guess', () => {
    assert.equal(ejected(file({ DB_PASSWORD: 'postgres', DEBUG_TOKEN: 'false' })).values.size, 0)
  })
  test('are named in the example, without a value', () => {
    assert.match(textOf(ejected(file({ DB_PASSWORD: secret })).files, '.env.example'), /^DB_PASSWORD=$/m)
  })
})

describe('the README', () => {
  const text = (...given: Parameters<typeof ejected>): string => textOf(ejected(...given).files, 'README.md')

  test('says how Muelle ends, how it starts, and how to go back', () => {
    assert.match(text(), /`muelle down shop`/)
    assert.match(text(), /`\.\/start\.sh`/)
    assert.match(text(), /`muelle up \/srv\/shop`/)
    assert.match(text(undefined, { environment: 'staging' }), /`muelle up \/srv\/shop --env staging`/)
  })
  test('says who renews the certificate', () => {
    assert.match(text(), /`docker compose restart certbot`/)
    assert.match(text(shopFile({ domains: ['shop.example.com'] })), /Nothing here renews it/)
    assert.doesNotMatch(text(withServices({})), /certificate/)
  })
  test('says how to bring the data elsewhere, where there is any', () => {
    assert.match(text(), /for v in shop_data shop_static; do/)
    assert.doesNotMatch(text(withServices({})), /Bring the data/)
  })
})
