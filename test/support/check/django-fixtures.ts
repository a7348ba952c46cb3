import { database, type Sides } from './fixture.ts'

const web = `  web:
    build: .
    ports: ["8000:8000"]
    command: gunicorn shop.wsgi
`
const tls = `${web}x-muelle: {domains: [shop.example.com]}\n`
const served = `${web}    volumes: ["static:/app/static", "media:/app/media"]
volumes: {static: , media: }
x-muelle: {static: {/static/: static, /media/: media}}
`

/** Not in the Compose file. */
const away = { ...database, host: 'db.example.com' }

export const djangoFixtures: Readonly<Record<string, Sides>> = {
  'django-debug-on': {
    fails: { compose: `${web}    environment: {DEBUG: "True"}\n` },
    at: 'web, compose.yaml:6',
    passes: [
      { compose: `${web}    environment: {DEBUG: "False"}\n` },
      { compose: `${web}    environment: {DEBUG: "True"}\n`, django: { debug: false } },
      // Another program's variable.
      { compose: `  web:\n    image: node:24\n    ports: ["80:80"]\n    environment: {DEBUG: "1"}\n` },
    ],
  },
  'django-secret-key-weak': {
    fails: { compose: web, django: { secretKey: { length: 66, uniqueCharacters: 30, isPlaceholder: true } } },
    at: 'web',
    passes: [
      { compose: web, django: {} },
      { compose: `${web}    environment: {SECRET_KEY: 9f2c61d07b84e3a59f2c61d07b84e3a5}\n` },
      { compose: `${web}    environment: {SECRET_KEY: "\${SECRET_KEY}"}\n` },
      // As a secret of Muelle's stands in the file once it is read.
      { compose: `${web}    environment: {SECRET_KEY: "\${SECRET_KEY:?}"}\n` },
    ],
  },
  'django-hosts-open': {
    fails: { compose: `${web}    environment:\n      ALLOWED_HOSTS: "*"\n` },
    at: 'web, compose.yaml:7',
    passes: [
      { compose: `${web}    environment: {ALLOWED_HOSTS: "shop.example.com,*.example.com"}\n` },
      // A worker answers no visitor.
      {
        compose: `  web:\n    image: nginx:1.30\n    ports: ["80:80"]\n  worker:\n    build: .
    command: /start-celeryworker
    environment: {DJANGO_SETTINGS_MODULE: shop.settings, ALLOWED_HOSTS: "*"}\n`,
      },
      { compose: web, django: {} },
    ],
  },
  'django-cookies-insecure': {
    fails: { compose: tls, django: { sessionCookieSecure: false } },
    at: 'web',
    passes: [
      { compose: tls, django: {} },
      { compose: tls, django: { sessionCookieSecure: false, silenced: ['security.W012'] } },
      // Over plain http a secure cookie would never be sent.
      { compose: web, django: { sessionCookieSecure: false, csrfCookieSecure: false } },
    ],
  },
  'django-redirect-loop': {
    fails: { compose: tls, django: { sslRedirect: true, hasProxySslHeader: false } },
    at: 'web',
    passes: [{ compose: tls, django: { sslRedirect: true } }],
  },
  'django-hsts-short': {
    fails: {
      compose: `${web}x-muelle: {domains: [shop.example.com], tls: "off"}\n`,
      django: { hstsSeconds: 60 },
    },
    at: 'web',
    passes: [
      { compose: `${web}x-muelle: {domains: [shop.example.com], tls: "off"}\n`, django: {} },
      // The gateway tells browsers.
      {
        compose: `${web}x-muelle: {domains: [shop.example.com], tls: {email: ops@example.com}}\n`,
        django: { hstsSeconds: 0 },
      },
    ],
  },
  'django-csrf-origins-missing': {
    fails: { compose: tls, django: { hasProxySslHeader: false } },
    at: 'web',
    passes: [
      {
        compose: tls,
        django: { hasProxySslHeader: false, csrfTrustedOrigins: ['https://shop.example.com'] },
      },
      { compose: tls, django: {} },
      { compose: tls, django: { hasProxySslHeader: false, version: '3.2.25' } },
    ],
  },
  'django-files-unserved': {
    fails: { compose: web, django: {} },
    at: 'web, compose.yaml:2',
    passes: [
      { compose: served, django: { hasFileFields: true } },
      { compose: web, django: { middleware: ['whitenoise.middleware.WhiteNoiseMiddleware'] } },
      { compose: web, django: { apps: [] } },
    ],
  },
  'django-migrations-pending': {
    fails: { compose: tls, django: { pending: [{ name: 'shop.0002_more', destructive: [] }] } },
    at: 'web',
    passes: [
      { compose: tls, django: { pending: [] } },
      { compose: tls, django: { pending: null } },
      {
        compose: `${web}x-muelle: {release: [python manage.py migrate]}\n`,
        django: { pending: [{ name: 'shop.0002_more', destructive: [] }] },
      },
    ],
  },
  'django-backends-development': {
    fails: {
      compose: web,
      django: { databases: { default: { ...database, engine: 'django.db.backends.sqlite3', host: '' } } },
    },
    at: 'web',
    passes: [
      { compose: web, django: {} },
      { compose: `${web}    environment: {DATABASE_URL: "postgres://db/shop"}\n` },
    ],
  },
  'django-check-deploy': {
    fails: {
      compose: web,
      django: { messages: [{ id: 'models.W042', level: 30, message: 'A key is made by itself.', hint: '' }] },
    },
    at: 'web',
    passes: [
      {
        compose: web,
        django: { messages: [{ id: 'security.W012', level: 30, message: 'said better', hint: '' }] },
      },
      {
        compose: web,
        django: { messages: [{ id: 'shop.I001', level: 20, message: 'only told', hint: '' }] },
      },
    ],
  },
  'database-unreachable': {
    fails: { compose: web, django: { databases: { default: { ...away, version: null, error: 'refused' } } } },
    at: 'web',
    passes: [
      { compose: web, django: { databases: { default: away } } },
      // Services of the file are started with the app.
      {
        compose: `${web}  db: {image: "postgres:17"}\n`,
        django: { databases: { default: { ...database, version: null, error: 'no such host' } } },
      },
      { compose: web, django: { databases: { default: { ...database, host: '', error: 'no such file' } } } },
    ],
  },
  'database-end-of-life': {
    fails: { compose: web, django: { databases: { default: { ...away, version: '11.22' } } } },
    at: 'web',
    passes: [
      { compose: web, django: { databases: { default: away } } },
      {
        compose: web,
        django: { databases: { default: { ...away, engine: 'django.db.backends.mysql', version: '11.4' } } },
      },
      { compose: web, django: { databases: { default: { ...away, version: null } } } },
    ],
  },
}
