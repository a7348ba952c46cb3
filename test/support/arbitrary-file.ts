import fc from 'fast-check'
import type { ComposeFile, ComposeService } from '../../src/app/compose.ts'
import { built, composeFile, published, waitsFor } from './app.ts'

/** What an author may add to any service without changing what Muelle does with it. */
const extras: fc.Arbitrary<Partial<ComposeService>> = fc.record(
  {
    container_name: fc.constantFrom('shop_web', 'fixed'),
    restart: fc.constantFrom('always', 'no', 'on-failure'),
    profiles: fc.constant(['production']),
    labels: fc.dictionary(fc.constantFrom('team', 'org.muelle.release'), fc.string()),
    environment: fc.dictionary(fc.constantFrom('DEBUG', 'MUELLE_RELEASE'), fc.string()),
    depends_on: fc.constantFrom(waitsFor('db'), waitsFor('web', 'service_started')),
    networks: fc.constantFrom(
      { default: null },
      { backend: { aliases: ['api'], ipv4_address: '172.28.0.9' } },
      { default: null, backend: null },
    ),
    volumes: fc.constantFrom(
      [{ type: 'volume', source: 'static', target: '/static' }],
      [{ type: 'bind', source: '/srv/shop/media', target: '/media' }],
    ),
  },
  { requiredKeys: [] },
)

const kinds: Readonly<Record<string, ComposeService>> = {
  worker: { ...built, command: ['celery', '-A', 'shop', 'worker'] },
  beat: { ...built, command: ['celery', '-A', 'shop', 'beat'] },
  admin: { ...built, ports: published },
  proxy: { image: 'nginx:alpine', ports: published },
  cache: { image: 'redis:7', ports: published },
  certbot: { image: 'certbot/certbot' },
}

const anyService = fc
  .tuple(fc.constantFrom(...Object.keys(kinds)), extras)
  .map(([kind, extra]): [string, ComposeService] => [kind, { ...kinds[kind], ...extra }])

/** A `web` service and a database, with any other services beside them and anything added to each. */
export const anyFile: fc.Arbitrary<ComposeFile> = fc
  .record({
    others: fc.array(anyService, { maxLength: 5 }).map(Object.fromEntries<ComposeService>),
    web: extras,
    replicas: fc.integer({ min: 1, max: 4 }),
    release: fc.array(fc.constantFrom('migrate', ['python', 'manage.py', 'check']), { maxLength: 3 }),
    keep: fc.integer({ min: 2, max: 5 }),
  })
  .map(({ others, web, replicas, release, keep }) =>
    composeFile(
      {
        web: { ...built, ports: published, ...web, deploy: { replicas }, 'x-muelle': { port: 8000 } },
        db: { image: 'postgres:15', volumes: [{ type: 'volume', source: 'data', target: '/data' }] },
        ...others,
      },
      {
        networks: { default: { name: 'shop_default' }, backend: { name: 'shop_backend' } },
        volumes: { data: { name: 'shop_data' }, static: { name: 'shared', external: true } },
        'x-muelle': { release, keep_releases: keep },
      },
    ),
  )
