import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import { freePort } from '../../bench/ports.ts'
import { readApp } from '../../src/app/read-app.ts'
import { check, describePlace, type RuledFinding } from '../../src/check/check.ts'
import { createComposeLoader } from '../../src/engine/docker/load-compose.ts'
import { catalogue } from '../../src/errors/catalogue.ts'
import { readFileFacts } from '../../src/facts/read.ts'
import { composeFixtures } from '../support/check/compose-fixtures.ts'
import { djangoFixtures } from '../support/check/django-fixtures.ts'
import type { Fixture, Sides } from '../support/check/fixture.ts'
import { imageFixtures } from '../support/check/image-fixtures.ts'
import { nginxFixtures } from '../support/check/nginx-fixtures.ts'
import { fakeVault } from '../support/fake-ports.ts'
import { createHost, docker, type Host, main, type Run, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = join(import.meta.dirname, '..', '..')

interface Report {
  count: Record<RuledFinding['severity'], number>
  findings: readonly RuledFinding[]
  notChecked: readonly string[]
}

const reportOf = ({ stdout }: Run): Report => JSON.parse(stdout) as Report

/** T5, B5 of the source documents: the environment is checked before anything is started. */
describe('up with something critical in the project', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    const port = await freePort()
    await project.write('one', (file) => {
      file.services['cache'] = { image: 'redis:7-alpine', ports: [`${port}:6379`] }
    })
  })

  test('stops before anything is touched', async () => {
    const run = await host.muelle('up', project.directory)
    assert.equal(run.exitCode, catalogue.CHECK_FAILED.exit, run.stderr)
    assert.match(run.stderr, /Error CHECK_FAILED/)
    assert.match(run.stderr, /compose-db-port-public \(cache, compose\.yaml:\d+\)/)
    assert.match(run.stderr, /→ .*--allow compose-db-port-public/)
    assert.equal(
      await docker('ps', '--all', '--quiet', '--filter', `label=org.muelle.instance=${host.instance}`),
      '',
    )
    assert.equal(await docker('network', 'ls', '--quiet', '--filter', `name=${project.name}`), '')
    assert.deepEqual(JSON.parse((await host.muelle('status', '--json')).stdout), [])
  })

  test('is what check says too, as data', async () => {
    const run = await host.muelle('check', project.directory, '--json')
    assert.equal(run.exitCode, catalogue.CHECK_FAILED.exit)
    const { count, findings } = reportOf(run)
    assert.equal(count.critical, 1)
    const [worst] = findings
    assert.deepEqual(
      [worst?.id, worst?.service, worst?.file],
      ['compose-db-port-public', 'cache', 'compose.yaml'],
    )
    const lines = (await readFile(join(project.directory, 'compose.yaml'), 'utf8')).split('\n')
    assert.match(lines[(worst?.line ?? 0) - 1] ?? '', /ports:/)
  })

  test('goes on when someone allows it, tells the rest in a line, and keeps that', async () => {
    const run = await host.muelle('up', project.directory, '--allow', 'compose-db-port-public')
    assert.equal(run.exitCode, 0, run.stderr)
    assert.match(run.stderr, /The check found high: .*redis-password-missing \(cache\)/)
    const releases = await host.muelle('releases', '-C', project.directory, '--json')
    const [release] = JSON.parse(releases.stdout) as { allowed: string[] }[]
    assert.deepEqual(release?.allowed, ['compose-db-port-public'])
  })

  test('does not take a rule that there is none of', async () => {
    const run = await host.muelle('up', project.directory, '--allow', 'everything')
    assert.equal(run.exitCode, catalogue.USAGE.exit)
    assert.match(run.stderr, /muelle check --rules/)
  })
})

/** A pipe takes 64 KiB; what is beyond waits for whoever reads, as `| jq` does. */
test('check writes all that it found, however much that is', async (t) => {
  const host = await createHost(t)
  const project = await createProject(t)
  const names = Array.from({ length: 60 }, (_, index) => `worker${index}`)
  await project.write('one', (file) => {
    for (const name of names) file.services[name] = { image: 'example/worker', command: 'work' }
  })
  const slowly = '"$0" "$1" check "$2" --json | { sleep 1; cat; }'
  const argv = ['-c', slowly, process.execPath, main, project.directory]
  const { stdout } = await execa('sh', argv, { env: host.env })
  assert.ok(stdout.length > 2 ** 16, `${stdout.length} characters are no test`)
  const { findings } = JSON.parse(stdout) as Report
  assert.deepEqual(
    names.filter((name) => !findings.some(({ service }) => service === name)),
    [],
  )
})

/** C1 with T5: `manage.py check --deploy`, and the settings that serve, in the image that was built. */
describe('check of examples/certificados', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let directory: string

  const checked = async (): Promise<Run> => host.muelle('check', directory, '--json')

  before(async () => {
    host = await createHost(cleanup)
    directory = await mkdtemp(join(tmpdir(), 'check-'))
    cleanup.after(() => rm(directory, { recursive: true, force: true }))
    await cp(join(root, 'examples', 'certificados'), directory, { recursive: true })
  })

  test('before there is an image, says what it did not look at', async () => {
    const run = await checked()
    assert.equal(run.exitCode, 0, run.stdout)
    assert.match(reportOf(run).notChecked.join(), /web has no image yet/)
  })

  test('finds nothing that weighs, in the files and in the image', async () => {
    const up = await host.muelle('up', directory)
    assert.equal(up.exitCode, 0, up.stderr)
    const run = await checked()
    assert.equal(run.exitCode, 0, run.stdout)
    const { count, notChecked } = reportOf(run)
    assert.deepEqual([count.critical, count.high, notChecked], [0, 0, []])
  })

  test('asks Django itself: DEBUG on, and the cookies that come with it', async () => {
    await writeFile(join(directory, '.env'), 'DEBUG=on\n', { mode: 0o600 })
    const run = await checked()
    assert.equal(run.exitCode, catalogue.CHECK_FAILED.exit)
    const found = reportOf(run).findings.filter(
      ({ severity }) => severity === 'critical' || severity === 'high',
    )
    assert.deepEqual(
      found.map(({ id, what }) => [id, what]),
      [
        ['django-debug-on', 'DEBUG is on in config.settings.production.'],
        ['django-cookies-insecure', 'SESSION_COOKIE_SECURE and CSRF_COOKIE_SECURE are off.'],
      ],
    )
    const up = await host.muelle('up', directory)
    assert.equal(up.exitCode, catalogue.CHECK_FAILED.exit, 'the environment alone tells it too')
  })

  test('gives Django the secrets of Muelle, and takes none for a weak key', async () => {
    await rm(join(directory, '.env'))
    const name = ['-C', directory]
    const weak = await host.muelle('secrets', 'set', 'SECRET_KEY=change-me', ...name)
    assert.equal(weak.exitCode, 0, weak.stderr)
    assert.deepEqual(
      reportOf(await checked()).findings.flatMap(({ id, severity }) => (severity === 'critical' ? [id] : [])),
      ['django-secret-key-weak'],
      'Django sees the value, the files do not',
    )
    await host.muelle('secrets', 'set', `SECRET_KEY=${'7d1f4be0c2a95836'.repeat(4)}`, ...name)
    const strong = await checked()
    assert.equal(strong.exitCode, 0, strong.stdout)
    assert.deepEqual(reportOf(strong).notChecked, [])
    assert.ok(!strong.stdout.includes('7d1f4be0c2a95836'))
  })

  test('asks a database that is not in the Compose file whether it can be used', async () => {
    const labels = [`org.muelle.instance=${host.instance}`, 'org.muelle.service=db']
    const id = await docker('ps', '--quiet', ...labels.flatMap((label) => ['--filter', `label=${label}`]))
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
    const address = await docker('inspect', '--format', format, id)
    const complaints = async (port: string): Promise<string[]> => {
      await writeFile(join(directory, '.env'), `DB_HOST=${address}\nDB_PORT=${port}\n`, { mode: 0o600 })
      const { findings } = reportOf(await checked())
      return findings.flatMap(({ id, what }) => (id === 'database-unreachable' ? [what] : []))
    }
    assert.deepEqual(await complaints('5432'), [])
    const [complaint = '', ...others] = await complaints('5433')
    assert.match(complaint, new RegExp(`^The database default at ${address}:5433 cannot be used: .*refused`))
    assert.deepEqual(others, [])
  })

  test('says so when Django cannot be loaded, and leaves nothing behind', async () => {
    await writeFile(join(directory, '.env'), 'EMAIL_PORT=none\n', { mode: 0o600 })
    const run = await checked()
    assert.match(
      reportOf(run).notChecked.join(),
      /Django could not be loaded in the image of web: .*ValueError/,
    )
    const left = await docker(
      'ps',
      '--all',
      '--quiet',
      '--filter',
      'label=org.muelle.role=check',
      '--filter',
      `label=org.muelle.instance=${host.instance}`,
    )
    assert.equal(left, '')
  })
})

/** The unit tests read fixtures by themselves; here Compose, the disk and Git do. */
describe('as Compose reads it, the project that a rule is for is found by', () => {
  const groups: Readonly<Record<string, Sides>>[] = [
    composeFixtures,
    imageFixtures,
    djangoFixtures,
    nginxFixtures,
  ]
  const all = groups.flatMap((group) => Object.entries(group))
  // What is on another server, in Git or in an image is made by the tests above and beside the readers.
  const elsewhere = (id: string, { envFiles, images, django }: Fixture): boolean =>
    id === 'compose-include-remote' || envFiles !== undefined || images !== undefined || django !== undefined

  for (const [id, { fails, at }] of all.filter(([rule, sides]) => !elsewhere(rule, sides.fails))) {
    test(id, async (t) => {
      const folder = temporaryFolder(t)
      const files = { 'compose.yaml': `services:\n${fails.compose}`, ...fails.files }
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true })
        await writeFile(join(folder, name), text)
      }
      const loaded = await createComposeLoader(fakeVault).load({
        directory: folder,
        files: [],
        environment: 'production',
      })
      const app = readApp(loaded.file, loaded.directory)
      const today = new Date(fails.today ?? '2026-01-02')
      const found = check(
        await readFileFacts({ app, environment: 'production', written: loaded.written }, today),
      )
      assert.deepEqual(
        found
          .filter((finding) => finding.id === id)
          .map(describePlace)
          .slice(0, 1),
        [at],
      )
    })
  }
})
