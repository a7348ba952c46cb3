import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { built, composeFile, published } from '../../test/support/app.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { ComposeService } from '../app/compose.ts'
import { readApp } from '../app/read-app.ts'
import type { WrittenContent } from '../app/written.ts'
import { readFileFacts } from './read.ts'

/** Facts of a folder with these files, of which only the given ones may be seen by everyone. */
async function factsOfFolder(
  folder: string,
  files: Readonly<Record<string, string>>,
  options: { web?: ComposeService; written?: WrittenContent; today?: string } = {},
) {
  chmodSync(folder, 0o755)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text, { mode: 0o600 })
  }
  const web = { ...built, ports: published, build: { context: folder }, ...options.web }
  const app = readApp(composeFile({ web }), folder)
  const written = [{ path: join(folder, 'compose.yaml'), content: options.written ?? {}, lines: {} }]
  const project = { app, environment: 'staging', written }
  return readFileFacts(project, new Date('2026-11-24T10:00:00Z'))
}

test('an empty folder has no facts but the day', async (t) => {
  const folder = temporaryFolder(t)
  const facts = await factsOfFolder(folder, {})
  assert.equal(facts.today, '2026-11-24')
  assert.deepEqual([facts.envFiles, facts.proxyFiles, facts.images, facts.django], [[], [], {}, undefined])
  assert.equal(facts.builds['web']?.dockerfile, undefined)
})

test('a file of variables tells who may read it, and whether Git tracks it', async (t) => {
  const folder = temporaryFolder(t)
  const env_file = ['./env/web.env', { path: './env/absent.env', required: false }]
  const written = { services: { web: { env_file } } }
  const files = { '.env': 'KEY="a b" # comment\n', '.env.staging': 'KEY=c\n', 'env/web.env': 'TOKEN=1\n' }
  const before = await factsOfFolder(folder, files, { written })
  const names = (facts: typeof before) =>
    facts.envFiles.map(({ path, ...rest }) => ({ ...rest, name: path.slice(folder.length + 1) }))
  assert.deepEqual(names(before), [
    { name: '.env', isWorldReadable: false, isTracked: false, values: { KEY: 'a b' } },
    { name: '.env.staging', isWorldReadable: false, isTracked: false, values: { KEY: 'c' } },
    { name: 'env/web.env', isWorldReadable: false, isTracked: false, values: { TOKEN: '1' } },
  ])

  chmodSync(join(folder, '.env'), 0o644)
  execFileSync('git', ['init', '--quiet', folder])
  execFileSync('git', ['-C', folder, 'add', 'env/web.env'])
  const after = await factsOfFolder(folder, {}, { written })
  assert.deepEqual(
    names(after).map(({ isWorldReadable, isTracked }) => ({ isWorldReadable, isTracked })),
    [
      { isWorldReadable: true, isTracked: false },
      { isWorldReadable: false, isTracked: false },
      { isWorldReadable: false, isTracked: true },
    ],
  )

  // Nobody gets as far as the file.
  chmodSync(folder, 0o700)
  const web = { ...built, ports: published }
  const app = readApp(composeFile({ web }), folder)
  const closed = await readFileFacts({ app, environment: 'production', written: [] }, new Date())
  assert.deepEqual(
    closed.envFiles.map(({ isWorldReadable }) => isWorldReadable),
    [false],
  )
})

test('a build knows its Dockerfile, and what .dockerignore lets through', async (t) => {
  const secret = 'SECRET_KEY=7d1f4be0c2a95836kq\n'
  const files = {
    Dockerfile: 'FROM python:3.11-slim\n',
    '.env': secret,
    '.env.prod': secret,
    '.env.example': secret,
    '.env.public': 'LANGUAGE=es\n',
    'manage.py': '',
    'requirements.txt': 'gunicorn==20.1.0\n',
    'requirements/production.txt': 'Django\n',
    'notes.txt': 'no',
  }
  const open = (await factsOfFolder(temporaryFolder(t), files)).builds['web']
  assert.equal(open?.dockerfile?.stages[0]?.image, 'python:3.11-slim')
  assert.deepEqual([open?.hasIgnoreFile, open?.hasManagePy], [false, true])
  assert.deepEqual(open?.sentEnvFiles, ['.env', '.env.prod'])
  assert.deepEqual(Object.keys(open?.texts ?? {}).sort(), ['requirements.txt', 'requirements/production.txt'])

  const some = (await factsOfFolder(temporaryFolder(t), { ...files, '.dockerignore': '.env\n' })).builds[
    'web'
  ]
  assert.deepEqual([some?.hasIgnoreFile, some?.sentEnvFiles], [true, ['.env.prod']])
  const all = (await factsOfFolder(temporaryFolder(t), { ...files, '.dockerignore': '.env*\n' })).builds[
    'web'
  ]
  assert.deepEqual(all?.sentEnvFiles, [])
})

test('a Dockerfile may be elsewhere, in the file, or on another machine', async (t) => {
  const build = async (more: object) => {
    const folder = temporaryFolder(t)
    const web = { build: { context: folder, ...more } }
    return (await factsOfFolder(folder, { 'docker/web': 'FROM node:24\n' }, { web })).builds['web']
  }
  assert.equal((await build({ dockerfile: 'docker/web' }))?.dockerfile?.stages[0]?.image, 'node:24')
  assert.equal((await build({ dockerfile_inline: 'FROM ruby:3\n' }))?.dockerfile?.stages[0]?.image, 'ruby:3')
  assert.equal(await build({ context: 'https://example.com/shop.git' }), undefined)
})

test('the nginx files of a service are those that it mounts', async (t) => {
  const folder = temporaryFolder(t)
  const bind = (source: string, target: string) => ({ type: 'bind', source: join(folder, source), target })
  const volumes = [
    bind('nginx', '/etc/nginx/conf.d'),
    bind('nginx.conf', '/etc/nginx/nginx.conf'),
    bind('a.conf', '/app/a.conf'),
  ]
  const files = {
    'nginx/site.conf': 'server { listen 80; location / { proxy_pass http://web; } }\n',
    'nginx/notes.txt': 'server {}\n',
    'nginx.conf': 'http { gzip on; }\n',
    'a.conf': 'no nginx\n',
  }
  const { proxyFiles } = await factsOfFolder(folder, files, { web: { volumes } })
  assert.deepEqual(
    proxyFiles.map(({ path, service }) => [path.slice(folder.length + 1), service]),
    [
      ['nginx/site.conf', 'web'],
      ['nginx.conf', 'web'],
    ],
  )
  assert.deepEqual(proxyFiles[1]?.directives, [
    { name: 'http', value: '', children: [{ name: 'gzip', value: 'on' }] },
  ])
})
