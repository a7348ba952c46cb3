import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { djangoProject, flaskProject, nodeProject } from '../../test/support/init-projects.ts'
import { readDockerfile } from '../app/dockerfile.ts'
import type { Choices } from './blueprint.ts'
import { proposeFor } from './init.ts'
import { databaseName, projectName } from './names.ts'

type Files = Readonly<Record<string, string>>

function propose(files: Files, choices: Partial<Choices> = {}, folder = 'shop') {
  let count = 0
  const random = (): string => {
    count += 1
    return `random${count}`
  }
  const proposal = proposeFor({ folder, files, unreadable: [] }, { domains: [], ...choices }, random)
  const text = (path: string): string => proposal.files.find((file) => file.path === path)?.text ?? ''
  return { ...proposal, text, compose: parse(text('compose.yaml'), { merge: true }) }
}

describe('the name of a project', () => {
  for (const [folder, name, database] of [
    ['shop', 'shop', 'shop'],
    ['My Shop', 'my-shop', 'my_shop'],
    ['orta-novias', 'orta-novias', 'orta_novias'],
    ['Máquinas 2', 'maquinas-2', 'maquinas_2'],
    ['shop-r2', 'shop-r2-app', 'shop_r2_app'],
    ['---', 'app', 'app'],
    ['商店', 'app', 'app'],
    ['2024', '2024', 'app_2024'],
  ] as const)
    test(`in ${folder} is ${name}`, () =>
      assert.deepEqual([projectName(folder), databaseName(name)], [name, database]))
})

describe('the files for Django', () => {
  const { text, compose, files } = propose(djangoProject, {
    domains: ['shop.example.com'],
    email: 'ops@example.com',
    database: { kind: 'postgres', version: '15' },
  })

  test('are a Compose file with all services, and what deploys them', () => {
    assert.deepEqual(Object.keys(compose.services), ['web', 'worker', 'beat', 'db', 'redis'])
    assert.equal(compose.services.db.image, 'postgres:15')
    assert.deepEqual(compose['x-muelle'], {
      domains: ['shop.example.com'],
      tls: { email: 'ops@example.com' },
      release: ['python manage.py migrate --noinput', 'python manage.py collectstatic --noinput'],
      static: { '/static/': 'static' },
      paths: { '/admin/login/': { rate: '30r/m', burst: 10 } },
    })
    assert.deepEqual(compose.services.worker.environment, compose.services.web.environment)
  })
  test('have a secret only in .env, which is for its owner alone', () => {
    const env = files.find(({ path }) => path === '.env')
    assert.equal(env?.mode, 0o600)
    assert.match(env?.text ?? '', /^SECRET_KEY=random\d$/m)
    for (const { path, text: other } of files)
      if (path !== '.env') assert.doesNotMatch(other, /random\d/, path)
    assert.equal(text('.gitignore'), '.env\n')
    assert.match(text('.dockerignore'), /^\.env\*$/m)
  })
  test('have a Dockerfile that does not end as root, and starts without a shell', () => {
    const [stage, ...others] = readDockerfile('Dockerfile', text('Dockerfile')).stages
    const last = (keyword: string) => stage?.instructions.findLast((each) => each.keyword === keyword)?.rest
    assert.deepEqual(
      [others, stage?.image, last('USER'), last('CMD')],
      [[], 'python:3.11-slim', 'app', '["gunicorn", "shop.wsgi:application"]'],
    )
  })
})

describe('what is there', () => {
  test('is not written again, and never a second .env', () => {
    const env = { ...djangoProject, '.env': 'SECRET_KEY=mine', '.gitignore': 'venv\n/.env' }
    assert.ok(propose(env).files.every(({ path }) => path !== '.env' && path !== '.gitignore'))
    const { files } = propose({ ...djangoProject, '.gitignore': 'venv' })
    assert.deepEqual(
      files.find(({ path }) => path === '.gitignore'),
      { path: '.gitignore', text: 'venv\n.env\n', isThere: true, adds: '.env' },
    )
  })
  test('in a Dockerfile decides on the port and the folder, unless that may be replaced', () => {
    const files = { ...djangoProject, Dockerfile: 'FROM python:3.11\nWORKDIR /srv/app/\nEXPOSE 9000/tcp\n' }
    const kept = propose(files)
    assert.equal(kept.text('Dockerfile'), '')
    assert.deepEqual(kept.compose.services.web['x-muelle'].port, 9000)
    assert.deepEqual(kept.compose.services.web.volumes, ['static:/srv/app/staticfiles'])
    const replaced = propose(files, { replaces: ['Dockerfile'] })
    assert.match(replaced.text('Dockerfile'), /WORKDIR \/app/)
    assert.equal(replaced.files.find(({ path }) => path === 'Dockerfile')?.isThere, true)
  })
  test('of Gunicorn’s settings stays, and is told where to listen', () => {
    const { text } = propose({ ...djangoProject, 'gunicorn.conf.py': 'workers = 3' })
    assert.match(text('Dockerfile'), /"--bind", "0\.0\.0\.0:8000"/)
  })
})

describe('packages', () => {
  test('that have to be compiled are so in a stage of their own', () => {
    const { text } = propose({ ...djangoProject, 'requirements.txt': 'Django\ngunicorn\npsycopg2\n' })
    const { stages } = readDockerfile('Dockerfile', text('Dockerfile'))
    assert.deepEqual(
      stages.map(({ name }) => name),
      ['build', undefined],
    )
    assert.match(stages[0]?.instructions[0]?.rest ?? '', /gcc.*libpq-dev/)
    assert.doesNotMatch(JSON.stringify(stages[1]), /gcc/)
  })
  test('of a lock file are exported by its own tool, which is not in the image', () => {
    const { 'requirements.txt': _, ...rest } = djangoProject
    const { text } = propose({
      ...rest,
      'pyproject.toml': '[project]\nname = "x"\n',
      'uv.lock': 'name = "gunicorn"\n',
    })
    assert.deepEqual(
      readDockerfile('Dockerfile', text('Dockerfile')).stages.map(({ name }) => name),
      ['requirements', undefined],
    )
  })
})

describe('a Flask project', () => {
  const targetOf = (files: Files): string =>
    /CMD \["gunicorn", "(.*)"\]/.exec(propose(files).text('Dockerfile'))?.[1] ?? ''

  for (const [what, files, target] of [
    ['an app object', flaskProject, 'app:app'],
    [
      'a factory',
      {
        'requirements.txt': 'flask',
        'shop/__init__.py':
          'from flask import Flask\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n',
      },
      'shop:create_app()',
    ],
    [
      'a wsgi.py beside a factory',
      {
        'requirements.txt': 'flask',
        'shop/__init__.py': 'def create_app():\n    return Flask(__name__)\n',
        'wsgi.py': 'from shop import create_app\napplication = create_app()\n',
      },
      'wsgi:application',
    ],
  ] as const)
    test(`is served by ${what}`, () => assert.equal(targetOf(files), target))

  test('gets its database, its migrations and its secret', () => {
    const { compose, findings } = propose({
      ...flaskProject,
      'requirements.txt': 'flask\npsycopg2-binary\nFlask-Migrate\n',
      'migrations/env.py': '',
      'config.py': 'SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL")\nSECRET_KEY = "literal"\n',
    })
    assert.equal(
      compose.services.web.environment.DATABASE_URL,
      `postgres://shop:\${DB_PASSWORD:?}@db:5432/shop`,
    )
    assert.deepEqual(compose['x-muelle'].release, [['flask', '--app', 'app:app', 'db', 'upgrade']])
    assert.deepEqual(
      findings?.gaps.map(({ id }) => id),
      ['requirement-gunicorn', 'secret-key'],
    )
  })
})

describe('a Node project', () => {
  const withPackage = (own: object): Files => ({ ...nodeProject, 'package.json': JSON.stringify(own) })

  test('listens where it is told to', () => {
    const { compose, text } = propose(nodeProject)
    assert.deepEqual(compose.services.web['x-muelle'], { port: 3000, health: '/health' })
    assert.equal(compose.services.web.environment.PORT, '3000')
    assert.match(text('Dockerfile'), /CMD \["node", "server\.js"\]/)
    assert.equal(propose(nodeProject, { port: 8080 }).compose.services.web['x-muelle'].port, 8080)
  })
  test('is built in a stage of its own when it is built', () => {
    const { text } = propose(withPackage({ scripts: { start: 'next start', build: 'next build' } }))
    assert.match(text('Dockerfile'), /AS build[\s\S]*npm run build && npm prune --omit=dev/)
    assert.match(text('Dockerfile'), /CMD \["next", "start"\]/)
  })
  test('that starts by more than a plain command is started by npm', () => {
    assert.match(
      propose(withPackage({ scripts: { start: 'A=1 node x.js && y' } })).text('Dockerfile'),
      /CMD \["npm", "start"\]/,
    )
  })
  test('that listens on localhost is told so', () => {
    const files = { ...nodeProject, 'server.js': "app.get('/', f).listen(3000, 'localhost')" }
    assert.deepEqual(
      propose(files).findings?.gaps.map(({ id }) => id),
      ['listen'],
    )
  })
})

test('what cannot be read is not taken for missing', () => {
  const closed = (files: Files, path: string) =>
    proposeFor({ folder: 'shop', files, unreadable: [path] }, { domains: [] }, () => '')
  assert.ok(closed(djangoProject, '.env').files.every(({ path }) => path !== '.env'))
  assert.throws(() => closed(djangoProject, 'compose.yaml'), {
    code: 'PROJECT_UNKNOWN',
    message: /compose\.yaml/,
  })
})

test('what is no project that is known is refused', () => {
  for (const files of [
    {},
    { 'README.md': '' },
    { 'package.json': '{"scripts": {}}' },
    { 'package.json': 'broken' },
  ]) {
    assert.throws(() => propose(files), { code: 'PROJECT_UNKNOWN' })
  }
})
