import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { djangoProject } from '../../../test/support/init-projects.ts'
import { proposeFor } from '../init.ts'
import { insert } from './insert.ts'

const domains = ['shop.example.com']
const values = { 'x-muelle': { port: 8000, health: '/health/' } }

describe('keys are added to a file', () => {
  const text = `# ours
services:
    web:            # the app
        build:   .
        command: "gunicorn 'shop.wsgi'"   # quoted

    # the database
    db: {image: "postgres:15",   volumes: ['data:/x']}  # flow
volumes:
    data:
# the end
`
  const added = insert(text, [
    { path: ['services', 'web'], values },
    { path: ['services', 'db'], values },
    { path: [], values: { 'x-muelle': { domains } } },
  ])

  test('with their meaning', () => {
    const { services, 'x-muelle': own } = parse(added)
    assert.deepEqual(
      [services.web['x-muelle'], services.db['x-muelle'], own],
      [values['x-muelle'], values['x-muelle'], { domains }],
    )
    const { 'x-muelle': _a, ...web } = services.web
    const { 'x-muelle': _b, ...db } = services.db
    assert.deepEqual({ web, db }, parse(text).services)
  })
  test('and nothing else of it changes', () => {
    const before = text.split('\n').filter((line) => !line.includes('db: {') && line !== '')
    const after = added.split('\n')
    let at = 0
    for (const line of before) {
      at = after.indexOf(line, at)
      assert.notEqual(at, -1, line)
    }
    assert.match(added, /\n {8}x-muelle:\n/)
    assert.match(added, /volumes: \['data:\/x'\], x-muelle: \{.*\}\} {2}# flow/)
  })
  for (const [what, odd] of [
    ['no newline at the end', 'services:\n  web:\n    build: .'],
    ['a block of text at the end', 'services:\n  web:\n    build: .\n    command: |\n      one\n      two\n'],
    ['a list at the end', 'services:\n  web:\n    build: .\n    ports:\n    - 8000:8000\n'],
    ['an empty value at the end', 'services:\n  web:\n    build: .\n    environment:\n      DEBUG:\n'],
    ['Windows line ends', 'services:\r\n  web:\r\n    build: .\r\n'],
    ['an anchor', 'x: &a {build: .}\nservices:\n  web:\n    <<: *a\n    environment: *a\n'],
    ['an empty service', 'services:\n  web: {}\n'],
  ] as const)
    test(`with ${what}`, () => {
      const { services } = parse(insert(odd, [{ path: ['services', 'web'], values }]), { merge: true })
      assert.deepEqual(services.web, { ...parse(odd, { merge: true }).services.web, ...values })
    })
})

/** What `init` makes of a Compose file beside the Django project. */
function proposed(compose: string, choices = { domains }) {
  const sources = {
    folder: 'shop',
    files: { ...djangoProject, 'docker-compose.prod.yml': compose },
    unreadable: [],
  }
  const { files, compose: proposal } = proposeFor(sources, choices, () => '')
  assert.ok(files.length <= 1)
  const text = files[0]?.text
  return { proposal, content: parse(text ?? compose), isChanged: text !== undefined }
}

describe('for a project with a Compose file', () => {
  test('only what x-muelle lacks is proposed', () => {
    const { content, proposal } = proposed(`
services:
  web: {build: ., ports: ["80:8000"], volumes: ["files:/app/staticfiles"]}
  worker: {build: ., command: celery -A shop worker}
  beat: {build: ., command: celery -A shop beat}
  db: {image: "postgres:15"}
volumes: {files: }
`)
    assert.deepEqual(proposal?.roles, { web: 'web', worker: 'worker', beat: 'singleton', db: 'backing' })
    assert.deepEqual(content.services.web['x-muelle'], { health: '/health/' })
    assert.deepEqual(content['x-muelle'], {
      domains,
      release: ['python manage.py migrate --noinput', 'python manage.py collectstatic --noinput'],
      static: { '/static/': 'files' },
    })
  })
  test('what is there stays, and what runs already is not run again', () => {
    const { content } = proposed(`
services:
  web:
    build: .
    command: sh -c "python manage.py migrate && exec gunicorn shop.wsgi --bind 0.0.0.0:9000"
    x-muelle: {health: /mine/}
x-muelle:
  domains: [mine.example.com]
`)
    assert.deepEqual(content.services.web['x-muelle'], { health: '/mine/', port: 9000 })
    assert.deepEqual(content['x-muelle'], {
      domains: ['mine.example.com'],
      release: ['python manage.py collectstatic --noinput'],
    })
  })
  test('with everything in place nothing is', () => {
    const { isChanged } = proposed(`
services: {web: {build: ., ports: ["8000:8000"], x-muelle: {health: /health/}}}
x-muelle: {domains: [a.example.com], release: [python manage.py migrate]}
`)
    assert.equal(isChanged, false)
  })
  test('an nginx of its own goes on serving the files', () => {
    const { content } = proposed(`
services:
  nginx: {image: "nginx:1.30", ports: ["80:80", "443:443"], volumes: ["files:/app/staticfiles"], depends_on: [web]}
  web: {build: ., expose: [8000]}
`)
    assert.equal(content['x-muelle'].static, undefined)
    assert.equal(content.services.nginx['x-muelle'], undefined)
  })
  test('of several another can be named, and is spoken of', () => {
    const files = {
      'compose.yaml': 'services: {web: {build: .}}\n',
      'docker-compose.prod.yml': 'services: {app: {build: .}}\n',
    }
    const named = (composeFile?: string) =>
      proposeFor({ folder: 'shop', files, unreadable: [] }, { domains, composeFile }, () => '')
    assert.match(named().compose?.notes.join() ?? '', /-f docker-compose\.prod\.yml/)
    assert.deepEqual(
      named('docker-compose.prod.yml').files.map(({ path }) => path),
      ['docker-compose.prod.yml'],
    )
    assert.throws(() => named('other.yml'), { code: 'COMPOSE_FILE_MISSING' })
  })
  test('one that is none is refused', () => {
    assert.throws(() => proposed('a: [\n'), { code: 'COMPOSE_INVALID' })
    assert.throws(() => proposed('just text\n'), { code: 'COMPOSE_INVALID' })
  })
})
