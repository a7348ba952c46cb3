import type { Sides } from '../fixture.ts'
import { web } from './lines.ts'

export const redisFixtures: Readonly<Record<string, Sides>> = {
  'redis-password-missing': {
    fails: { compose: `${web}  cache:\n    image: redis:7\n    command: redis-server --appendonly yes\n` },
    at: 'cache, compose.yaml:7',
    passes: [
      {
        compose: `${web}  cache:\n    image: redis:7\n    command: redis-server --requirepass \${REDIS_PASSWORD}\n`,
      },
      { compose: `${web}  cache:\n    image: redis:7\n    command: redis-server /etc/redis/redis.conf\n` },
      {
        compose: `${web}  cache:\n    image: bitnami/redis:7\n    environment: {REDIS_PASSWORD: 9f2c61d0}\n`,
      },
    ],
  },
  'redis-broker-evicts': {
    fails: { compose: broker('--maxmemory-policy allkeys-lru') },
    at: 'redis, compose.yaml:10',
    passes: [
      { compose: broker('--maxmemory-policy noeviction') },
      {
        compose: `${web}  redis:\n    image: redis:7\n    command: redis-server --maxmemory-policy allkeys-lru\n`,
      },
    ],
  },
  'redis-broker-unpersisted': {
    fails: { compose: broker('--appendonly yes') },
    at: 'redis, compose.yaml:8',
    passes: [{ compose: `${broker('--appendonly yes')}    volumes: ["queue:/data"]\n` }],
  },
}

function broker(options: string): string {
  return `${web}  worker:
    build: .
    command: celery -A shop worker
  redis:
    image: redis:7
    command: redis-server ${options}
`
}
