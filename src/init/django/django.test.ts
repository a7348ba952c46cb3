import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { djangoProject } from '../../../test/support/init-projects.ts'
import type { Choices, Findings } from '../blueprint.ts'
import { lookAtDjango } from './look.ts'
import { reportDjango } from './report.ts'

type Files = Readonly<Record<string, string>>

const sourcesOf = (files: Files, folder = 'shop', unreadable: readonly string[] = []) => ({
  folder,
  files,
  unreadable,
})

function report(files: Files, choices: Partial<Choices> = {}): Findings {
  const look = lookAtDjango(sourcesOf(files), { domains: [], ...choices })
  assert.ok(look)
  return reportDjango(look)
}

const gapIds = ({ gaps }: Findings): string[] => gaps.map(({ id }) => id)
const valueFor = ({ blueprint }: Findings, name: string) =>
  blueprint.environment.find((each) => each.name === name)?.value
const found = (findings: Findings, what: string) => findings.found.find((fact) => fact.what === what)?.value

/** What `django-admin startproject` writes, with one file changed. */
const fresh: Files = {
  'manage.py':
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\nexecute_from_command_line()",
  'mysite/settings.py': `from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = 'django-insecure-x'
DEBUG = True
ALLOWED_HOSTS = []
INSTALLED_APPS = ['django.contrib.admin', 'django.contrib.staticfiles']
ROOT_URLCONF = 'mysite.urls'
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}
STATIC_URL = 'static/'
`,
  'mysite/wsgi.py': "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')",
  'mysite/urls.py': "urlpatterns = [path('admin/', admin.site.urls)]",
  'requirements.txt': 'Django>=5\n',
}
const withSettings = (text: string): Files => ({
  ...fresh,
  'mysite/settings.py': `${fresh['mysite/settings.py']}${text}`,
})

describe('a project that is ready', () => {
  const findings = report(djangoProject, { domains: ['shop.example.com'] })

  test('lacks nothing', () => assert.deepEqual(findings.gaps, []))
  test('is recognised', () => {
    assert.deepEqual(
      ['settings', 'server', 'database', 'redis', 'celery', 'python', 'health'].map((what) =>
        found(findings, what),
      ),
      ['shop.settings', 'gunicorn shop.wsgi', 'postgres', 'yes', 'shop, with beat', '3.11', '/health/'],
    )
  })
  test('gets every variable that its settings read', () => {
    assert.equal(valueFor(findings, 'DB_HOST'), 'db')
    assert.equal(valueFor(findings, 'DB_PASSWORD'), `\${DB_PASSWORD:?}`)
    assert.equal(valueFor(findings, 'ALLOWED_HOSTS'), 'shop.example.com')
    assert.equal(valueFor(findings, 'DEBUG'), 'False')
    assert.equal(valueFor(findings, 'CELERY_BROKER_URL'), `redis://:\${REDIS_PASSWORD:?}@redis:6379/0`)
    assert.equal(valueFor(findings, 'EMAIL_HOST'), null)
  })
  test('runs a worker, and one scheduler whose schedule is kept', () => {
    const [worker, beat, ...others] = findings.blueprint.workers
    assert.deepEqual([worker?.name, beat?.name, others], ['worker', 'beat', []])
    assert.deepEqual(beat?.volumes, [{ volume: 'schedule', target: '/var/lib/celery' }])
  })
})

describe('a fresh project', () => {
  test('is told each line that it lacks, and where', () => {
    const findings = report(fresh, { domains: ['a.example.com'] })
    assert.deepEqual(gapIds(findings).toSorted(), [
      'allowed-hosts',
      'databases',
      'debug',
      'health',
      'https',
      'import-os',
      'requirement-gunicorn',
      'secret-key',
      'static-root',
    ])
    const key = findings.gaps.find(({ id }) => id === 'secret-key')
    assert.deepEqual(
      [key?.file, key?.line, key?.write],
      ['mysite/settings.py', 3, 'SECRET_KEY = os.environ["SECRET_KEY"]'],
    )
  })
  test('has no database that a release would begin anew', () => {
    const findings = report(fresh)
    assert.deepEqual(findings.blueprint.volumes.at(-1), { volume: 'data', target: '/app/data' })
    const moved = withSettings(
      "DATABASES = {'default': {'ENGINE': 'sqlite3', 'NAME': BASE_DIR / 'var' / 'db.sqlite3'}}\n",
    )
    const later = report({
      ...moved,
      'mysite/settings.py': moved['mysite/settings.py']?.replace(/^DATABASES.*db\.sqlite3'}}\n/m, '') ?? '',
    })
    assert.deepEqual(later.blueprint.volumes.at(-1), { volume: 'data', target: '/app/var' })
    assert.ok(!gapIds(later).includes('databases'))
  })
  test('gets a database server on request, and the lines for it', () => {
    const findings = report(fresh, { database: { kind: 'postgres' } })
    assert.ok(gapIds(findings).includes('requirement-psycopg'))
    assert.match(
      findings.gaps.find(({ id }) => id === 'databases')?.write ?? '',
      /"HOST": os\.environ\["DB_HOST"\]/,
    )
    assert.equal(valueFor(findings, 'DB_HOST'), 'db')
  })
  test('that gets the lines that it lacks, where they belong, lacks nothing', () => {
    const choices: Partial<Choices> = { domains: ['a.example.com'], database: { kind: 'postgres' } }
    const { gaps } = report(fresh, choices)
    const files: Record<string, string> = { ...fresh }
    // From the last line to the first, so that lines keep their numbers.
    for (const { file, line, write, isReplacing } of gaps.toSorted(
      (a, b) => (b.line ?? 1e6) - (a.line ?? 1e6),
    )) {
      const lines = files[file]?.trimEnd().split('\n') ?? []
      lines.splice((line ?? lines.length + 1) - 1, isReplacing === true ? 1 : 0, write)
      files[file] = `${lines.join('\n')}\n`
    }
    assert.deepEqual(report(files, choices).gaps, [])
  })
  test('without requirements is told to write some', () => {
    const { 'requirements.txt': _, ...files } = fresh
    const gap = report(files).gaps.find(({ id }) => id === 'requirements')
    assert.deepEqual([gap?.file, gap?.write], ['requirements.txt', 'Django\ngunicorn>=23,<26'])
  })
  test('is asked for its admin login until it has a view for that', () => {
    assert.equal(report(fresh).blueprint.health, '/admin/login/')
    const files = {
      ...fresh,
      'mysite/urls.py': "urlpatterns = [path('', include('core.urls'))]",
      'core/urls.py': "x = [path('healthz', v)]",
    }
    assert.equal(report(files).blueprint.health, '/healthz')
  })
})

describe('settings', () => {
  test('of a package are those of production, with what they import', () => {
    const base = fresh['mysite/settings.py'] ?? ''
    const { 'mysite/settings.py': _, ...others } = fresh
    const findings = report({
      ...others,
      'mysite/settings/__init__.py': '',
      'mysite/settings/base.py': base,
      'mysite/settings/local.py': 'from .base import *\nSECRET_KEY = "x"\n',
      'mysite/settings/production.py': 'from .base import *\nDEBUG = False\nSECRET_KEY = os.environ["KEY"]\n',
    })
    assert.equal(found(findings, 'settings'), 'mysite.settings.production')
    assert.equal(valueFor(findings, 'KEY'), `\${KEY:?}`)
    assert.ok(!gapIds(findings).includes('debug'))
    assert.equal(findings.blueprint.volumes[0]?.target, '/app/staticfiles')
    assert.deepEqual(findings.ambiguities, [])
  })
  test('that are two are asked about, and one can be named', () => {
    const files = {
      ...fresh,
      'mysite/settings/prod.py': 'DEBUG = False',
      'mysite/settings/production.py': 'DEBUG = False',
    }
    assert.deepEqual(
      report(files).ambiguities.map(({ choices, chosen }) => [choices, chosen]),
      [[['mysite.settings.prod', 'mysite.settings.production'], 'mysite.settings.prod']],
    )
    assert.equal(
      found(report(files, { settings: 'mysite.settings.production' }), 'settings'),
      'mysite.settings.production',
    )
  })
  test('that nobody can read are named', () => {
    const { 'mysite/settings.py': _, ...files } = fresh
    const look = () => lookAtDjango(sourcesOf(files, 'shop', ['mysite/settings.py']), { domains: [] })
    assert.throws(look, { code: 'PROJECT_UNKNOWN', message: /mysite\/settings\.py/ })
    assert.throws(() => lookAtDjango(sourcesOf(files), { domains: [] }), { hint: /--settings/ })
  })
  test('may take a setting from the environment by way of another name', () => {
    assert.ok(
      !gapIds(
        report(withSettings('_hosts = env.list("HOSTS")\nALLOWED_HOSTS = [*_hosts, "localhost"]\n')),
      ).includes('allowed-hosts'),
    )
  })
  test('of https lack what is not written, in a chain of assignments too, each with its own reason', () => {
    const httpsIn = (text: string) =>
      report(withSettings(text), { domains: ['a.example.com'] }).gaps.find(({ id }) => id === 'https')
    const header = 'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")\n'
    const both = 'SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG\n'
    assert.equal(httpsIn(`${both}${header}`), undefined)
    const first = httpsIn(`SESSION_COOKIE_SECURE = True\n${header}`)
    assert.equal(first?.write, 'CSRF_COOKIE_SECURE = True')
    assert.doesNotMatch(first?.why ?? '', /403/)
    const second = httpsIn(both)
    assert.match(second?.write ?? '', /^SECURE_PROXY_SSL_HEADER/)
    assert.match(second?.why ?? '', /403/)
    assert.doesNotMatch(second?.why ?? '', /cookie/)
  })
  test('that the environment makes weak are made strong by it', () => {
    const text = `EMAIL_BACKEND = env("MAIL", default="django.core.mail.backends.console.EmailBackend")
SESSION_COOKIE_SECURE = env.bool("COOKIES", default=False)
STATIC_ROOT = env("STATICS", default=BASE_DIR / "all")
DEBUG = bool(int(os.environ.get("DEBUG", 1)))
`
    const findings = report(withSettings(text), { domains: ['a.example.com'] })
    const names = ['MAIL', 'COOKIES', 'STATICS', 'DEBUG']
    assert.deepEqual(
      names.map((name) => valueFor(findings, name)),
      ['django.core.mail.backends.smtp.EmailBackend', 'True', '/app/all', '0'],
    )
  })
  test('of S3 need no volume for uploads', () => {
    const files = withSettings(
      'MEDIA_ROOT = BASE_DIR / "media"\nDEFAULT_FILE_STORAGE = "storages.backends.s3boto3.S3Boto3Storage"\n',
    )
    assert.ok(!report(files).blueprint.volumes.some(({ volume }) => volume === 'media'))
    const local = report(withSettings('MEDIA_ROOT = BASE_DIR / "uploads"\nMEDIA_URL = "/files/"\n')).blueprint
    assert.ok(local.volumes.some(({ volume, target }) => volume === 'media' && target === '/app/uploads'))
    assert.equal(local.static['/files/'], 'media')
  })
})

describe('the database', () => {
  for (const [what, text, packages, kind, value] of [
    [
      'a URL',
      'DATABASES = {"default": dj_database_url.config()}',
      'psycopg2',
      'postgres',
      `postgres://shop:\${DB_PASSWORD:?}@db:5432/shop`,
    ],
    [
      'a URL of django-environ',
      'DATABASES = {"default": env.db()}',
      'mysqlclient',
      'mysql',
      `mysql://shop:\${DB_PASSWORD:?}@db:3306/shop`,
    ],
    [
      'a URL with a fallback to SQLite',
      'DATABASES = {"default": env.db("DATABASE_URL", default="sqlite:///db")}',
      'psycopg',
      'postgres',
      `postgres://shop:\${DB_PASSWORD:?}@db:5432/shop`,
    ],
  ] as const)
    test(`behind ${what} is ${kind}`, () => {
      const findings = report({
        ...withSettings(`${text}\n`),
        'requirements.txt': `Django\ngunicorn\n${packages}\n`,
      })
      assert.equal(found(findings, 'database'), kind)
      assert.equal(valueFor(findings, 'DATABASE_URL'), value)
      assert.ok(!gapIds(findings).includes('databases'))
    })
  test('elsewhere is for .env to name', () => {
    const findings = report(djangoProject, { database: { kind: 'external' } })
    assert.equal(valueFor(findings, 'DB_HOST'), `\${DB_HOST:?}`)
    assert.deepEqual(
      findings.blueprint.required.filter(({ isGenerated }) => !isGenerated).map(({ name }) => name),
      // The password too: a made-up one would be refused.
      ['DB_NAME', 'DB_USER', 'DB_PASSWORD', 'DB_HOST'],
    )
  })
})

describe('where things are', () => {
  test('manage.py may be in a subfolder', () => {
    const files = Object.fromEntries(
      Object.entries(djangoProject).map(([path, text]) => [`backend/${path}`, text]),
    )
    const { blueprint, gaps } = report(files)
    assert.deepEqual(gaps, [])
    assert.equal(blueprint.volumes[0]?.target, '/app/backend/staticfiles')
    assert.match(blueprint.files[0]?.text ?? '', /WORKDIR \/app\/backend\n/)
    assert.equal(blueprint.files[1]?.path, 'backend/gunicorn.conf.py')
  })
  test('two Celery apps are asked about, that of the settings first', () => {
    const files = { ...djangoProject, 'aside/celery.py': 'app = Celery("aside")\n' }
    const [ambiguity] = report(files).ambiguities
    assert.deepEqual([ambiguity?.choices, ambiguity?.chosen], [['shop', 'aside'], 'shop'])
    assert.deepEqual(report(files, { celery: 'aside' }).blueprint.workers[0]?.command.slice(0, 3), [
      'celery',
      '-A',
      'aside',
    ])
  })
  test('an ASGI server that the project brings is the one that serves', () => {
    const asgi = { ...fresh, 'mysite/asgi.py': '', 'requirements.txt': 'django\ndaphne\nchannels\n' }
    assert.match(
      report(asgi).blueprint.files[0]?.text ?? '',
      /CMD \["daphne", .*"mysite\.asgi:application"\]/,
    )
  })
  test('without manage.py there is no Django project', () => {
    assert.equal(lookAtDjango(sourcesOf({ 'app.py': '' }), { domains: [] }), undefined)
  })
})
