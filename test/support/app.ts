import type { App } from '../../src/app/app.ts'
import type { ComposeFile, ComposeService } from '../../src/app/compose.ts'
import { readApp } from '../../src/app/read-app.ts'

type Services = Record<string, ComposeService>

export const built: ComposeService = {
  build: { context: '/srv/shop', dockerfile: 'Dockerfile' },
  networks: { default: null },
}

export const published: NonNullable<ComposeService['ports']> = [
  { mode: 'ingress', target: 8000, published: '8000', protocol: 'tcp' },
]

/** A Compose file in the form in which `docker compose config` prints it. */
export function composeFile(services: Services, rest: Partial<ComposeFile> = {}): ComposeFile {
  return { name: 'shop', networks: { default: { name: 'shop_default' } }, services, ...rest }
}

/** Two replicas of a web service, a Celery worker and beat, a database and a cache. */
export function shopFile(settings: Record<string, unknown> = {}): ComposeFile {
  return composeFile(
    {
      web: { ...built, ports: published, deploy: { replicas: 2 }, depends_on: waitsFor('db') },
      worker: { ...built, command: ['celery', '-A', 'shop', 'worker', '-c', '2'] },
      beat: { ...built, command: ['celery', '-A', 'shop', 'beat'] },
      db: {
        image: 'postgres:15',
        networks: { default: null },
        volumes: [{ type: 'volume', source: 'data', target: '/var/lib/postgresql/data', volume: {} }],
      },
      redis: { image: 'redis:7', networks: { default: null } },
    },
    { volumes: { data: { name: 'shop_data' }, static: { name: 'shop_static' } }, 'x-muelle': settings },
  )
}

export function shop(settings: Record<string, unknown> = {}): App {
  return readApp(shopFile(settings), '/srv/shop')
}

export function waitsFor(name: string, condition = 'service_healthy') {
  return { [name]: { condition, required: true } }
}
