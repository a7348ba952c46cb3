import assert from 'node:assert/strict'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { secretsFile } from '../../src/eject/environment.ts'
import { held } from '../support/ejection.ts'
import { createExample, type Example, until } from '../support/example.ts'
import { createHost, docker, type Host, lines, type Run, suiteCleanup } from '../support/host.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** As examples/certificados has it for trying it out. */
const password = 'demo-only-password'

describe('a file of secrets', () => {
  const values = {
    PLAIN: 'k7Gz2mQp9xTb4vLw',
    DOLLARS: `$HOME \${HOME} $$ \`id\` # no comment`,
    QUOTES: `it's "quoted"`,
    SLASHES: 'C:\\new\\',
    BOTH: `'\\n' "\\" $5`,
    LINES: '-----BEGIN KEY-----\nabc=\n-----END KEY-----\n',
  }
  const names = Object.keys(values)

  test('is read by Compose as what it was', async (t) => {
    const folder = temporaryFolder(t)
    const file = {
      services: { web: { image: 'x', environment: names.map((name) => `${name}=\${${name}:?}`) } },
    }
    await writeFile(join(folder, 'compose.yaml'), stringify(file))
    await writeFile(join(folder, '.env'), secretsFile(held(values)).text)
    const { stdout } = await execa('docker', ['compose', 'config', '--format', 'json'], { cwd: folder })
    const { services } = JSON.parse(stdout) as { services: { web: { environment: Record<string, string> } } }
    const found = Object.entries(services.web.environment).map(([name, value]) => [
      name,
      value.replaceAll('$$', '$'),
    ])
    assert.deepEqual(Object.fromEntries(found), values)
  })
})

/** C1 of the source documents again, and then without Muelle: the same pages, data and files, over TLS. */
describe('an app that leaves', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let example: Example
  let folder: string
  let page = ''
  let picture = ''

  const eject = (...more: string[]): Promise<Run> =>
    host.muelle('eject', '--app', example.name, '--to', folder, ...more)
  const run = (script: string, ...argv: string[]) =>
    execa(join(folder, script), argv, { reject: false, all: true })
  const modeOf = async (path: string) => ((await stat(join(folder, path))).mode & 0o777).toString(8)
  const containers = async (filter: string): Promise<string[]> =>
    lines(await docker('ps', '--all', '--filter', filter, '--format', '{{.Names}}'))
  const own = () => containers(`label=com.docker.compose.project=${example.name}`)

  before(async () => {
    host = await createHost(cleanup)
    example = await createExample(cleanup, host, {
      example: 'certificados',
      entrance: { domain: 'certificados.localhost' },
    })
    folder = join(temporaryFolder(cleanup), 'gone')
    cleanup.after(async () => {
      await run('stop.sh')
      await docker('rmi', `${example.name}-web:ejected`)
    })
    await example.up()
    const issue = [
      'from certificates.models import Certificate',
      'c = Certificate.objects.create(holder="Ada Lovelace", course="Máquinas analíticas")',
      'print(c.code, c.image.url)',
    ].join('\n')
    const [code = '', image = ''] = (
      await example.exec('web', 'python', 'manage.py', 'shell', '-c', issue)
    ).split(' ')
    page = `/verify/${code}/`
    picture = image
  })

  test('is written without one secret unless someone agrees', async () => {
    const { exitCode, stdout, stderr } = await eject('--json')
    assert.equal(exitCode, 0, stderr)
    const { files, missing } = JSON.parse(stdout) as { files: string[]; missing: string[] }
    const written = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = written
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    assert.deepEqual(files.toSorted(), paths.toSorted())
    assert.ok(missing.includes('POSTGRES_PASSWORD'), missing.join())
    assert.ok(!files.includes('.env'))
    const texts = await Promise.all(paths.map((path) => readFile(join(folder, path), 'utf8')))
    assert.ok(texts.every((text) => !text.includes(password)))
    assert.equal(await modeOf(`tls/${example.name}.pem`), '600')
  })
  test('is not written over something else, which --force keeps', async () => {
    const refused = await eject('--with-secrets')
    assert.match(refused.stderr, /Error CONFIRMATION_REQUIRED: .* not empty/)
    await writeFile(join(folder, 'mine'), 'a note')
    const forced = await eject('--with-secrets', '--force')
    assert.equal(forced.exitCode, 0, forced.stderr)
    assert.equal(await readFile(join(`${folder}.before-1`, 'mine'), 'utf8'), 'a note')
    assert.deepEqual(await readdir(dirname(folder)), ['gone', 'gone.before-1'])
    assert.match(
      await readFile(join(folder, '.env'), 'utf8'),
      new RegExp(`^POSTGRES_PASSWORD='${password}'$`, 'm'),
    )
    assert.equal(await modeOf('.env'), '600')
    assert.ok(!`${forced.stdout}${forced.stderr}`.includes(password))
  })
  test('is not written where its images are built from', async () => {
    const { stderr } = await eject('--to', join(example.directory, 'gone'))
    assert.match(stderr, /Error USAGE: .* keys would end in them/)
  })
  test('does not start beside what Muelle runs', async () => {
    const { exitCode, all } = await run('start.sh')
    assert.equal(exitCode, 1)
    assert.match(all, new RegExp(`Muelle still runs .*\\n.*muelle down ${example.name}`))
    assert.equal((await example.ask(page)).status, 200)
  })
  test('starts without Muelle, with its data, files and certificate', async () => {
    const down = await host.muelle('down', example.name)
    assert.equal(down.exitCode, 0, down.stderr)
    const { exitCode, all } = await run('start.sh')
    assert.equal(exitCode, 0, all)
    assert.match(all, new RegExp(`^https://certificados.localhost:${host.ports.https}/$`, 'm'))
    assert.deepEqual(await containers(`label=org.muelle.app=${example.name}`), [])

    const found = await example.ask(page)
    assert.equal(found.status, 200)
    assert.match(found.body, /Ada Lovelace/)
    assert.equal((await example.ask(picture)).headers['content-type'], 'image/png')
    const [, css = ''] = /href="(\/static\/[^"]+\.css)"/.exec(found.body) ?? []
    const file = await example.ask(css)
    assert.equal(file.status, 200)
    assert.equal(file.headers['x-app-version'], undefined, 'Django was not asked')
  })
  test('runs as many replicas as before, and is found again when they move', async () => {
    const webs = (await own()).filter((name) => name.includes('-web-'))
    assert.equal(webs.length, 2)
    await docker('restart', '--time', '1', ...webs)
    await until('an answer', async () => ((await example.ask('/health/')).status === 200 ? true : undefined))
  })
  test('is brought to the state of the project by update.sh', async () => {
    await example.edit('VERSION', () => 'after leaving\n')
    const { exitCode, all } = await run('update.sh')
    assert.equal(exitCode, 0, all)
    const found = await example.ask(page)
    assert.equal(found.headers['x-app-version'], 'after leaving')
    assert.match(found.body, /Ada Lovelace/)
  })
  test('stops, and leaves the data', async () => {
    const { exitCode, all } = await run('stop.sh')
    assert.equal(exitCode, 0, all)
    assert.deepEqual(await own(), [])
    const volumes = lines(await docker('volume', 'ls', '--filter', `name=^${example.name}_`, '--quiet'))
    assert.equal(volumes.length, 4, volumes.join())
    assert.ok(volumes.every((name) => name.startsWith(basename(example.directory).toLowerCase())))
  })
})
