import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import { freePort } from '../../bench/ports.ts'
import { catalogue } from '../../src/errors/catalogue.ts'
import { containersOf } from '../support/container.ts'
import { until } from '../support/example.ts'
import { type Cleanup, createHost, docker, type Host, lines, main, suiteCleanup } from '../support/host.ts'
import { djangoProject, flaskProject, nodeProject } from '../support/init-projects.ts'

/** A project of those files in a folder of its own. */
async function createFolder(t: Cleanup, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'init-'))
  t.after(async () => {
    await rm(directory, { recursive: true, force: true })
    const name = basename(directory).toLowerCase()
    const volumes = lines(await docker('volume', 'ls', '--quiet', '--filter', `name=^${name}_`))
    if (volumes.length > 0) await docker('volume', 'rm', ...volumes)
  })
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  return directory
}

interface Answer {
  kind: string
  written: string[]
  wouldWrite: string[]
  gaps: { id: string; file: string }[]
  files: Record<string, string>
}

describe('a Django project with PostgreSQL and Celery', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let directory: string
  let domain: string

  const orders = async (): Promise<number> => {
    const { status, body } = await host.get(domain, '/orders/')
    assert.equal(status, 200, body)
    return (JSON.parse(body) as { orders: number }).orders
  }

  before(async () => {
    host = await createHost(cleanup)
    directory = await createFolder(cleanup, djangoProject)
    domain = `${basename(directory).toLowerCase()}.localhost`
  })

  test('is told what would be written, and nothing is, without a terminal and --yes', async () => {
    const run = await host.muelle('init', directory)
    assert.equal(run.exitCode, catalogue.CONFIRMATION_REQUIRED.exit, run.stderr)
    assert.match(run.stdout, /--- compose\.yaml/)
    assert.match(run.stdout, /muelle init \S+ --yes/)
    assert.deepEqual(
      (await readdir(directory)).toSorted(),
      [...new Set(Object.keys(djangoProject).map((path) => path.split('/')[0]))].toSorted(),
    )
  })

  test('gets files that pass the check', async () => {
    const run = await host.muelle(
      'init',
      directory,
      '--domain',
      domain,
      '--database',
      'postgres:15',
      '--yes',
      '--json',
    )
    assert.equal(run.exitCode, 0, run.stderr)
    const { kind, written, gaps } = JSON.parse(run.stdout) as Answer
    assert.equal(kind, 'django')
    assert.deepEqual(gaps, [])
    assert.deepEqual(written.toSorted(), [
      '.dockerignore',
      '.env',
      '.env.example',
      '.gitignore',
      'Dockerfile',
      'compose.yaml',
      'gunicorn.conf.py',
    ])
    assert.equal((await stat(join(directory, '.env'))).mode & 0o777, 0o600)
    const secret =
      /^SECRET_KEY=(\w{64})$/m.exec(await readFile(join(directory, '.env'), 'utf8'))?.[1] ?? 'none'
    assert.ok(!run.stdout.includes(secret) && !run.stderr.includes(secret), 'no secret is shown')
    const checked = await host.muelle('check', directory)
    assert.equal(checked.exitCode, 0, checked.stdout)
  })

  test('deploys, and passes the check of its image too', async () => {
    const path = join(directory, 'compose.yaml')
    const text = await readFile(path, 'utf8')
    // The gateway of this installation listens on http only where TLS is off.
    await writeFile(path, text.replace('x-muelle:\n  domains', 'x-muelle:\n  tls: off\n  domains'))
    const run = await host.muelle('up', directory)
    assert.equal(run.exitCode, 0, run.stderr)
    assert.equal((await host.get(domain, '/health/')).body, 'ok')
    assert.equal((await host.get(domain, '/static/admin/css/base.css')).status, 200)
    const checked = await host.muelle('check', directory)
    assert.equal(checked.exitCode, 0, checked.stdout)
    const { stdout } = await host.muelle('exec', '-C', directory, 'web', 'id', '-un')
    assert.equal(stdout.trim(), 'app')
  })

  test('has Gunicorn workers by the CPUs that its container may use [W8]', async () => {
    const workers = async () => {
      const [newest] = await containersOf(basename(directory).toLowerCase(), 'web')
      // Less the heading and the master.
      return lines(await docker('top', newest?.Id ?? '', '-o', 'pid')).length - 2
    }
    const cpus = Number(await docker('info', '--format', '{{.NCPU}}'))
    assert.equal(await workers(), Math.min(2 * cpus + 1, 12))
    const path = join(directory, 'compose.yaml')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('limits: {memory', 'limits: {cpus: "0.5", memory'))
    assert.equal((await host.muelle('up', directory)).exitCode, 0)
    assert.equal(await workers(), 2)
  })

  test('has a worker that does what the scheduler sends', async () => {
    const first = await orders()
    await until('a task', async () => ((await orders()) > first + 1 ? true : undefined))
  })

  test('is left as it is by a second init', async () => {
    const before = await readFile(join(directory, '.env'), 'utf8')
    const run = await host.muelle('init', directory, '--yes', '--json')
    assert.equal(run.exitCode, 0, run.stderr)
    const { kind, written } = JSON.parse(run.stdout) as Answer
    assert.deepEqual([kind, written], ['compose', []])
    assert.equal(await readFile(join(directory, '.env'), 'utf8'), before)
  })
})

describe('a Node project', () => {
  test('gets files that pass the check, and deploys on a port', async (t) => {
    const cleanup: Cleanup = { after: (work) => t.after(work) }
    const host = await createHost(cleanup)
    const directory = await createFolder(cleanup, nodeProject)
    const run = await host.muelle('init', directory, '--yes')
    assert.equal(run.exitCode, 0, run.stderr)
    const checked = await host.muelle('check', directory)
    assert.equal(checked.exitCode, 0, checked.stdout)
    const port = await freePort()
    const path = join(directory, 'compose.yaml')
    await writeFile(path, (await readFile(path, 'utf8')).replace('3000:3000', `127.0.0.1:${port}:3000`))
    const up = await host.muelle('up', directory)
    assert.equal(up.exitCode, 0, up.stderr)
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    assert.match(await answer.text(), /^hello from v24/)
  })
})

describe('at a terminal, init', () => {
  /** Someone who types what belongs to a question as soon as it is there. */
  const sit = async (
    directory: string,
    env: Record<string, string>,
    keys: readonly (readonly [string, string])[],
  ) => {
    const command = `${process.execPath} ${main} init ${directory}`
    const argv = ['--quiet', '--return', '--command', `stty cols 100 rows 40; ${command}`, '/dev/null']
    const terminal = execa('script', argv, { env, reject: false })
    const waiting = [...keys]
    let seen = ''
    terminal.stdout.on('data', (data: Buffer) => {
      seen += data.toString()
      const [next] = waiting
      if (next === undefined || !seen.includes(next[0])) return
      waiting.shift()
      seen = ''
      // A question takes keys a moment after it is shown.
      setTimeout(() => terminal.stdin.write(next[1]), 100)
    })
    const { exitCode, stdout } = await terminal
    return { exitCode, stdout }
  }

  test('asks, and writes what was said', async (t) => {
    const cleanup: Cleanup = { after: (work) => t.after(work) }
    const { env } = await createHost(cleanup)
    const directory = await createFolder(cleanup, flaskProject)
    const { exitCode, stdout } = await sit(directory, env, [
      ['Under which domain', 'shop.example.com\r'],
      ['Your e-mail address', '\r'],
      ['Which database', '\r'],
      ['Write this', '\r'],
    ])
    assert.equal(exitCode, 0, stdout)
    assert.match(await readFile(join(directory, 'compose.yaml'), 'utf8'), /- shop\.example\.com/)
  })
  test('writes nothing after Ctrl-C', async (t) => {
    const cleanup: Cleanup = { after: (work) => t.after(work) }
    const { env } = await createHost(cleanup)
    const directory = await createFolder(cleanup, flaskProject)
    const before = await readdir(directory)
    const { exitCode, stdout } = await sit(directory, env, [
      ['Under which domain', 'shop.example.com\r'],
      ['Your e-mail address', '\u0003'],
    ])
    assert.equal(exitCode, catalogue.INTERRUPTED.exit, stdout)
    assert.match(stdout, /Nothing was written/)
    assert.deepEqual(await readdir(directory), before)
  })
})

describe('init', () => {
  test('of a Flask project writes files that pass the check', async (t) => {
    const cleanup: Cleanup = { after: (work) => t.after(work) }
    const host = await createHost(cleanup)
    const directory = await createFolder(cleanup, flaskProject)
    const run = await host.muelle('init', directory, '--yes')
    assert.equal(run.exitCode, 0, run.stderr)
    const checked = await host.muelle('check', directory)
    assert.equal(checked.exitCode, 0, checked.stdout)
    assert.match(await readFile(join(directory, 'Dockerfile'), 'utf8'), /CMD \["gunicorn", "app:app"\]/)
  })

  test('keeps a file that is there, unless it may be replaced', async (t) => {
    const cleanup: Cleanup = { after: (work) => t.after(work) }
    const host = await createHost(cleanup)
    const directory = await createFolder(cleanup, { ...nodeProject, '.dockerignore': 'mine\n' })
    const kept = await host.muelle('init', directory, '--yes')
    assert.match(kept.stdout, /left as it is: \.dockerignore/)
    assert.equal(await readFile(join(directory, '.dockerignore'), 'utf8'), 'mine\n')
    await rm(join(directory, 'compose.yaml'))
    const replaced = await host.muelle('init', directory, '--yes', '--overwrite', '--json')
    assert.equal(replaced.exitCode, 0, replaced.stderr)
    assert.notEqual(await readFile(join(directory, '.dockerignore'), 'utf8'), 'mine\n')
  })

  test('adds to a Compose file only after a yes, and leaves every line of it', async (t) => {
    const cleanup: Cleanup = { after: (work) => t.after(work) }
    const host = await createHost(cleanup)
    const compose =
      'services:\n    web:   # the app\n        build: .\n        ports: ["8000:8000"]\n\n# the end\n'
    const directory = await createFolder(cleanup, { ...djangoProject, 'docker-compose.yml': compose })
    const shown = await host.muelle('init', directory, '--domain', 'shop.example.com')
    assert.equal(shown.exitCode, catalogue.CONFIRMATION_REQUIRED.exit)
    assert.equal(await readFile(join(directory, 'docker-compose.yml'), 'utf8'), compose)
    const run = await host.muelle('init', directory, '--domain', 'shop.example.com', '--yes', '--json')
    assert.deepEqual((JSON.parse(run.stdout) as Answer).written, ['docker-compose.yml'])
    const after = await readFile(join(directory, 'docker-compose.yml'), 'utf8')
    const added = after.split('\n').filter((line) => !compose.split('\n').includes(line))
    assert.equal(
      after
        .split('\n')
        .filter((line) => !added.includes(line))
        .filter(Boolean)
        .join('\n'),
      compose.split('\n').filter(Boolean).join('\n'),
    )
    assert.match(added.join('\n'), /domains:\n\s+- shop\.example\.com/)
    assert.match(added.join('\n'), /health: \/health\//)
  })

  test('refuses a folder that is missing, empty or closed, and writes nothing', async (t) => {
    const cleanup: Cleanup = { after: (work) => t.after(work) }
    const host = await createHost(cleanup)
    const missing = await host.muelle('init', '/nowhere/at/all', '--yes')
    assert.equal(missing.exitCode, catalogue.PROJECT_UNKNOWN.exit, missing.stderr)
    const empty = await createFolder(cleanup, { 'README.md': '' })
    assert.equal((await host.muelle('init', empty, '--yes')).exitCode, catalogue.PROJECT_UNKNOWN.exit)
    assert.deepEqual(await readdir(empty), ['README.md'])
  })
})
