import type { Sides } from './fixture.ts'

/** Lines 2 to 4 of every file. */
const web = `  web:
    build: .
    ports: ["8000:8000"]
`
const db = `${web}  db:
    image: postgres:15
    volumes: ["data:/var/lib/postgresql/data"]
`
const django = { Dockerfile: 'FROM python:3.11-slim\nUSER app\nCMD ["gunicorn", "shop.wsgi"]\n' }

export const exposureFixtures: Readonly<Record<string, Sides>> = {
  'compose-db-port-public': {
    fails: { compose: `${db}    ports: ["5433:5432"]\nvolumes: {data: }\n` },
    at: 'db, compose.yaml:8',
    passes: [
      { compose: `${db}    ports: ["127.0.0.1:5432:5432"]\n` },
      { compose: db },
      // Built here, so released, and released services publish nothing.
      { compose: `${web}  db:\n    build: ./db\n    ports: ["5432:5432"]\n` },
    ],
  },
  'compose-docker-socket': {
    fails: { compose: `${web}    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: `${web}    volumes: ["/run/systemd/resolve:/resolve"]\n` }],
  },
  'compose-privileged': {
    fails: { compose: `${web}    privileged: true\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: `${web}    privileged: false\n` }],
  },
  'compose-host-root-mounted': {
    fails: { compose: `${web}    volumes: ["/etc:/host/etc:ro"]\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: `${web}    volumes: ["/etc/localtime:/etc/localtime:ro", "/srv/data:/data"]\n` }],
  },
  'compose-host-namespace': {
    fails: { compose: `${web}    pid: host\n` },
    at: 'web, compose.yaml:5',
    passes: [
      { compose: `${web}    extra_hosts: ["host.docker.internal:host-gateway"]\n` },
      // Muelle does certbot's work, and does not start it.
      { compose: `${web}  certbot:\n    image: certbot/certbot\n    network_mode: host\n` },
    ],
  },
  'compose-capability-dangerous': {
    fails: { compose: `${web}    cap_add: [SYS_ADMIN]\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: `${web}    cap_add: [NET_BIND_SERVICE]\n` }],
  },
  'compose-port-past-gateway': {
    fails: { compose: `${web}  queue:\n    image: rabbitmq:4-management\n    ports: ["15672:15672"]\n` },
    at: 'queue, compose.yaml:7',
    passes: [
      { compose: `${web}  queue:\n    image: rabbitmq:4-management\n    ports: ["127.0.0.1:15672:15672"]\n` },
      { compose: `${web}  admin:\n    image: adminer:5\n    ports: ["8080:8080"]\n` },
      { compose: `${web}    x-muelle: {role: web}\nx-muelle: {domains: [shop.example.com]}\n` },
    ],
  },
  'compose-include-remote': {
    fails: { compose: `${web}include:\n  - https://example.com/shop.git#main\n` },
    at: 'compose.yaml:5',
    passes: [
      { compose: `${web}include: [monitoring.yaml]\n` },
      { compose: `${web}include:\n  - path: https://example.com/shop.git#${'a'.repeat(40)}\n` },
    ],
  },
}

export const secretFixtures: Readonly<Record<string, Sides>> = {
  'compose-db-password-weak': {
    fails: {
      compose: `${db}    environment:\n      POSTGRES_PASSWORD: \${DB_PASSWORD:-change_me123}\nvolumes: {data: }\n`,
    },
    at: 'db, compose.yaml:9',
    passes: [
      { compose: `${db}    environment: {POSTGRES_PASSWORD: "\${DB_PASSWORD}"}\n` },
      { compose: `${db}    environment: {POSTGRES_PASSWORD: 9f2c61d07b84e3a5, POSTGRES_USER: shop}\n` },
      { compose: `${db}    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/db}\n` },
      { compose: `${db}    environment: {POSTGRES_PASSWORD: "\${DB_PASSWORD:?}"}\n` },
      // The database is elsewhere.
      { compose: `${web}    environment: {DATABASE_URL: "postgres://shop:9f2c61d07b84e3a5@host/shop"}\n` },
    ],
  },
  'compose-secret-literal': {
    fails: { compose: `${web}    environment:\n      - STRIPE_API_KEY=sk_test_4eC39HqLyjWDarjtT1zdp7dc\n` },
    at: 'web, compose.yaml:6',
    passes: [
      { compose: `${web}    environment: {STRIPE_API_KEY: "\${STRIPE_API_KEY}", TOKEN_LIFETIME: 3600}\n` },
      { compose: `${web}    environment: {NEXT_PUBLIC_API_KEY: abc, SECRET_KEY_FILE: /run/secrets/key}\n` },
      { compose: `${web}    environment: {DATABASE_URL: "postgres://shop:\${PASSWORD}@db/shop"}\n` },
    ],
  },
  'compose-secret-fallback': {
    fails: { compose: `${web}    environment:\n      SECRET_KEY: \${SECRET_KEY:-9f2c61d07b84e3a5}\n` },
    at: 'web, compose.yaml:6',
    passes: [
      { compose: `${web}    environment: {SECRET_KEY: "\${SECRET_KEY}"}\n` },
      { compose: `${web}    environment: {LANGUAGE: "\${LANGUAGE:-es}"}\n` },
    ],
  },
}

export const backupFixtures: Readonly<Record<string, Sides>> = {
  'backup-unsupported': {
    fails: { compose: `${web}  db:\n    image: mariadb:11\n` },
    at: 'db, compose.yaml:5',
    passes: [{ compose: db }, { compose: `${web}  cache:\n    image: memcached\n` }],
  },
  'backup-left-out': {
    fails: { compose: `${db}  queue:\n    image: rabbitmq:4\nvolumes: {data: }\n` },
    at: 'queue, compose.yaml:8',
    passes: [{ compose: db }, { compose: `${web}  cache:\n    image: memcached\n` }],
  },
}

export const dataFixtures: Readonly<Record<string, Sides>> = {
  'compose-data-unmounted': {
    fails: {
      compose: `${web}  db:
    image: postgres:15
    volumes: ["./init.sql:/docker-entrypoint-initdb.d/init.sql"]
`,
    },
    at: 'db, compose.yaml:5',
    passes: [
      { compose: db },
      { compose: `${web}  db:\n    image: postgres:15\n    volumes: ["./data:/var/lib/postgresql"]\n` },
      { compose: `${web}  db:\n    image: postgres:15\n    tmpfs: [/var/lib/postgresql/data]\n` },
      // A cache may forget.
      { compose: `${web}  cache:\n    image: redis:7\n` },
    ],
  },
  'compose-volume-anonymous': {
    fails: { compose: `${web}    volumes: [/app/media]\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: `${web}    volumes: ["media:/app/media", /app/node_modules]\n` }],
  },
  'compose-source-mounted': {
    fails: { compose: `${web}    volumes: [".:/app"]\n` },
    at: 'web, compose.yaml:5',
    passes: [
      { compose: `${web}    volumes: ["./media:/app/media"]\n` },
      { compose: `${web}    volumes: [".:/etc/shop"]\n` },
      { compose: `${web}  proxy:\n    image: nginx:1.30\n    volumes: [".:/srv/www"]\n` },
    ],
  },
}

export const imageFixtures: Readonly<Record<string, Sides>> = {
  'compose-image-unpinned': {
    fails: { compose: `${web}  cache:\n    image: redis:latest\n` },
    at: 'cache, compose.yaml:6',
    passes: [
      { compose: `${web}  cache:\n    image: redis:7-alpine\n` },
      { compose: `${web}    image: shop\n  worker:\n    image: shop\n`, files: django },
      { compose: `${web}  certbot:\n    image: certbot/certbot\n` },
    ],
  },
  'compose-timescale-moving': {
    fails: {
      compose: `${web}  db:\n    image: timescale/timescaledb:latest-pg15\n    volumes: ["d:/var/lib/postgresql/data"]\n`,
    },
    at: 'db, compose.yaml:6',
    passes: [
      {
        compose: `${web}  db:\n    image: timescale/timescaledb:2.19.3-pg17\n    volumes: ["d:/var/lib/postgresql/data"]\n`,
      },
    ],
  },
  'compose-image-end-of-life': {
    fails: {
      compose: web,
      files: { Dockerfile: '# syntax=docker/dockerfile:1\nFROM python:3.8-slim AS python\n' },
    },
    at: 'web, Dockerfile:2',
    passes: [
      { compose: web, files: django },
      { compose: web, files: { Dockerfile: 'FROM python:3.8-slim\n' }, today: '2024-10-06' },
      { compose: `${web}  cache:\n    image: redis:7\n` },
    ],
  },
  'compose-user-root': {
    fails: {
      compose: web,
      files: { Dockerfile: 'FROM python:3.11-slim AS base\nUSER app\nFROM python:3.11-slim\n' },
    },
    at: 'web, Dockerfile',
    passes: [
      { compose: web, files: django },
      { compose: web, files: { Dockerfile: 'FROM python:3.11-slim AS base\nUSER app\nFROM base\n' } },
      { compose: `${web}    user: "1000"\n`, files: { Dockerfile: 'FROM python:3.11-slim\n' } },
      { compose: web, files: { Dockerfile: 'FROM shop-base:1\n' }, images: { web: { user: 'app' } } },
    ],
  },
  'compose-version-obsolete': {
    fails: { compose: `${web}version: "3.8"\n` },
    at: 'compose.yaml:5',
    passes: [{ compose: web }],
  },
  'compose-image-no-digest': {
    fails: { compose: `${web}  cache:\n    image: redis:7\n` },
    at: 'cache, compose.yaml:6',
    passes: [{ compose: `${web}  cache:\n    image: redis:7@sha256:${'a'.repeat(64)}\n` }],
  },
}

export const healthFixtures: Readonly<Record<string, Sides>> = {
  'compose-health-missing': {
    fails: { compose: web, files: django },
    at: 'web, compose.yaml:2',
    passes: [
      { compose: `${web}    x-muelle: {health: /health/}\n`, files: django },
      { compose: `${web}    healthcheck: {test: [CMD, pidof, gunicorn]}\n`, files: django },
      {
        compose: web,
        files: { Dockerfile: `${django.Dockerfile}HEALTHCHECK CMD curl -f http://localhost:8000/\n` },
      },
      // Muelle knows how to ask PostgreSQL, and a worker answers nobody.
      {
        compose: `${db}  worker:\n    build: .\n    command: celery -A shop worker\n`.replace(
          '8000"]\n',
          '8000"]\n    x-muelle: {health: /up}\n',
        ),
        files: django,
      },
      // An image that is not here may bring one.
      { compose: `  web:\n    image: example/blog:1\n    ports: ["80:80"]\n` },
    ],
  },
  'compose-health-awaited-missing': {
    fails: {
      compose: `${web}  proxy:
    image: nginx:1.30
    ports: ["80:80"]
    depends_on:
      web: {condition: service_healthy}
`,
      files: django,
    },
    at: 'proxy, compose.yaml:9',
    passes: [
      {
        compose: `${db}    healthcheck: {test: [CMD, pg_isready]}\n  worker:\n    build: .\n    depends_on: {db: {condition: service_healthy}}\n`,
      },
      { compose: `${db}  worker:\n    build: .\n    depends_on: [db]\n` },
    ],
  },
  'compose-depends-unordered': {
    fails: {
      compose: `${web}    depends_on: [migrate]\n  migrate:\n    build: .\n    command: python manage.py migrate\n`,
    },
    at: 'web, compose.yaml:5',
    passes: [
      {
        compose: `${web}    depends_on: {migrate: {condition: service_completed_successfully}}\n  migrate:\n    build: .\n    command: python manage.py migrate\n`,
      },
      // A release starts only when the database is healthy, whatever the condition.
      { compose: `${db}  worker:\n    build: .\n    depends_on: [db]\n` },
    ],
  },
}

export const lifetimeFixtures: Readonly<Record<string, Sides>> = {
  'compose-runserver': {
    fails: {
      compose: web,
      files: { Dockerfile: 'FROM python:3.11-slim\nCMD python manage.py runserver 0.0.0.0:8000\n' },
    },
    at: 'web, Dockerfile:2',
    passes: [
      { compose: web, files: django },
      {
        compose: `${web}    command: gunicorn shop.wsgi\n`,
        files: { Dockerfile: 'FROM python:3.11-slim\nCMD python manage.py runserver\n' },
      },
    ],
  },
  'compose-web-fixed': {
    fails: { compose: `${web}    network_mode: host\n` },
    at: 'web, compose.yaml:5',
    passes: [
      // Releases get neither a container name nor published ports.
      { compose: `${web}    container_name: shop\n` },
      { compose: `${web}  worker:\n    build: .\n    network_mode: host\n` },
    ],
  },
  'compose-stop-grace-short': {
    fails: { compose: `${web}  worker:\n    build: .\n    command: celery -A shop worker\n` },
    at: 'worker, compose.yaml:5',
    passes: [
      {
        compose: `${web}  worker:\n    build: .\n    command: celery -A shop worker --time-limit 100\n    stop_grace_period: 1m50s\n`,
      },
      // Requests are waited for before: 30 s of drain_timeout and 10 s of Docker are more than Gunicorn's 30 s.
      { compose: web, files: django },
    ],
  },
  'compose-command-in-shell': {
    fails: { compose: web, files: { Dockerfile: 'FROM python:3.11-slim\nCMD gunicorn shop.wsgi\n' } },
    at: 'web, Dockerfile:2',
    passes: [
      { compose: web, files: django },
      { compose: web, files: { Dockerfile: 'FROM python:3.11-slim\nCMD exec gunicorn shop.wsgi\n' } },
      // Their shells give way to the last command.
      { compose: web, files: { Dockerfile: 'FROM python:3.11-alpine\nCMD gunicorn shop.wsgi\n' } },
      {
        compose: `${web}    command: bash -c "python manage.py migrate && gunicorn shop.wsgi"\n`,
        files: django,
      },
      // Compose splits a line into words, and needs no shell.
      { compose: `${web}    command: gunicorn shop.wsgi\n`, files: django },
    ],
  },
  'compose-restart-off': {
    fails: { compose: `${web}    restart: "no"\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: web }, { compose: `${web}    restart: always\n` }],
  },
}

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

export const celeryFixtures: Readonly<Record<string, Sides>> = {
  'celery-beat-twice': {
    fails: {
      compose: `${web}  beat:\n    build: .\n    command: celery -A shop beat\n    x-muelle: {role: worker}\n`,
    },
    at: 'beat, compose.yaml:5',
    passes: [
      // A singleton is never started twice, whatever the file says.
      {
        compose: `${web}  beat:\n    build: .\n    command: celery -A shop beat\n    deploy: {replicas: 2}\n`,
      },
      { compose: `${web}  worker:\n    build: .\n    command: celery -A shop worker\n` },
    ],
  },
  'celery-flower-public': {
    fails: { compose: `  flower:\n    image: mher/flower:2.0\n    ports: ["5555:5555"]\n` },
    at: 'flower, compose.yaml:2',
    passes: [
      {
        compose: `  flower:\n    image: mher/flower:2.0\n    ports: ["5555:5555"]\n    environment: {FLOWER_BASIC_AUTH: "\${AUTH:-a:b}"}\n`,
      },
      // Behind another web service nobody reaches it: released services publish nothing.
      { compose: `${web}  flower:\n    image: mher/flower:2.0\n    ports: ["9555:5555"]\n` },
    ],
  },
}

export const hardeningFixtures: Readonly<Record<string, Sides>> = {
  'compose-privileges-gainable': {
    fails: { compose: web },
    at: 'web, compose.yaml:2',
    passes: [{ compose: `${web}    security_opt: ["no-new-privileges:true"]\n` }],
  },
  'compose-capabilities-kept': {
    fails: { compose: web },
    at: 'web, compose.yaml:2',
    passes: [{ compose: `${db}`.replace('8000"]\n', '8000"]\n    cap_drop: [ALL]\n') }],
  },
  'compose-memory-unlimited': {
    fails: { compose: web },
    at: 'web, compose.yaml:2',
    passes: [
      { compose: `${web}    mem_limit: 512m\n` },
      { compose: `${web}    deploy: {resources: {limits: {memory: 512M}}}\n` },
    ],
  },
  'compose-logs-unbounded': {
    fails: { compose: `${web}    logging: {driver: json-file}\n` },
    at: 'web, compose.yaml:2',
    passes: [
      { compose: `${web}    logging: {driver: json-file, options: {max-size: 10m}}\n` },
      { compose: `${web}    logging: {driver: journald}\n` },
    ],
  },
  'compose-root-writable': {
    fails: { compose: web },
    at: 'web, compose.yaml:2',
    passes: [{ compose: `${web}    read_only: true\n` }],
  },
  'compose-processes-unlimited': {
    fails: { compose: web },
    at: 'web, compose.yaml:2',
    passes: [{ compose: `${web}    pids_limit: 200\n` }],
  },
}
