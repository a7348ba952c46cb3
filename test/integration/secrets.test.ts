import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { execa } from 'execa'
import { createHost, docker, type Host, lines, main, type Run, suiteCleanup } from '../support/host.ts'
import { filesWith, textsInImage, watchProcesses } from '../support/planted.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'

/** Each value has a part that is nowhere else, and what programs like to write otherwise. */
const part = (name: string): string => `planted${name}${Math.random().toString(36).slice(2)}`
const parts = ['Database', 'Api', 'Key', 'Build', 'Changed', 'Typed'].map(part)
const [database = '', api = '', key = '', build = '', changed = '', typed = ''] = parts
const values = {
  DB_PASSWORD: `${database}$HOME"q' \\${database}`,
  API_KEY: api,
  tls_key: `-----BEGIN KEY-----\n${key}\n$${key}\n-----END KEY-----\n`,
  BUILD_TOKEN: build,
}

const digest = (value: string): string => createHash('sha256').update(value).digest('hex')
const python = (...statements: string[]): string[] => [
  'python',
  '-c',
  ['import os, sys', ...statements].join('\n'),
]
/** As a Compose file has it: without a value nothing is deployed. */
const variable = (name: string): string => `\${${name}:?}`
const printAll = ['print(dict(os.environ))', 'print(open("/run/secrets/tls_key").read())']
const logIn = 'import psycopg2; psycopg2.connect(host="db", user="postgres").close()'
const mount = 'RUN --mount=type=secret,id=build_token'

describe('secrets', () => {
  const cleanup = suiteCleanup()
  const processes = watchProcesses(parts)
  const shown: string[] = []
  let host: Host
  let project: Project

  const note = (run: Run): Run => {
    shown.push(run.stdout, run.stderr)
    return run
  }
  const muelle = async (...argv: string[]): Promise<Run> => note(await host.muelle(...argv))
  const succeed = async (...argv: string[]): Promise<string> => {
    const run = await muelle(...argv)
    assert.equal(run.exitCode, 0, run.stderr)
    return run.stdout
  }
  const fail = async (code: string, ...argv: string[]): Promise<string> => {
    const { stderr } = await muelle(...argv)
    assert.match(stderr, new RegExp(`Error ${code}: `))
    return stderr
  }
  const set = async (name: string, value: string): Promise<void> => {
    const run = note(await host.send(value, 'secrets', 'set', name, '-C', project.directory))
    assert.equal(run.exitCode, 0, run.stderr)
  }
  const up = (...more: string[]) => succeed('up', project.directory, ...more)
  const write = (change: (web: Record<string, unknown>, file: ComposeDraft) => void = () => undefined) =>
    project.write(`version of ${project.name}`, (file) => {
      const web: Record<string, unknown> = {
        ...file.services['web'],
        build: {
          context: '.',
          secrets: ['build_token'],
          dockerfile_inline: [
            'FROM python:3.11-slim',
            'WORKDIR /app',
            'COPY server.py VERSION ./',
            `${mount} test -s /run/secrets/build_token`,
            'CMD ["python", "-u", "server.py"]',
          ].join('\n'),
        },
        environment: [
          'API_KEY',
          `PGPASSWORD=${variable('DB_PASSWORD')}`,
          `URL=https://api/?key=${variable('API_KEY')}&$$5`,
        ],
        secrets: ['tls_key'],
      }
      file.services['web'] = web
      file.services['db'] = {
        image: 'postgres:15',
        environment: [`POSTGRES_PASSWORD=${variable('DB_PASSWORD')}`],
        volumes: ['data:/var/lib/postgresql/data'],
      }
      file.services['cache'] = { image: 'redis:7-alpine', environment: [`LEGACY=${variable('LEGACY')}`] }
      file['volumes'] = { data: {} }
      file['secrets'] = { tls_key: { external: true }, build_token: { environment: 'BUILD_TOKEN' } }
      file['x-muelle'] = { ...file['x-muelle'], release: [python(...printAll, logIn)] }
      change(web, file)
    })
  /** Digests of what the web container has: a variable, one that holds another, and a file. */
  const delivered = async (): Promise<string[]> => {
    const told =
      'print(*[sha256(v.encode()).hexdigest() for v in [os.environ["API_KEY"], os.environ["URL"], open("/run/secrets/tls_key").read()]], sep="\\n")'
    const script = python('from hashlib import sha256', told)
    return lines(await succeed('exec', '--app', project.name, 'web', ...script))
  }
  const expected = (apiKey: string): string[] =>
    [apiKey, `https://api/?key=${apiKey}&$5`, values.tls_key].map(digest)
  const container = async (service: string): Promise<string> =>
    docker('ps', '--quiet', '--no-trunc', '--filter', `name=^${project.name}-${service}`)

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await write()
    await project.writeFile('.env', 'LEGACY=was-in-the-env-file\n')
  })

  test('are set before there is an app, and listed by name', async () => {
    for (const [name, value] of Object.entries(values)) await set(name, `${value}\n`)
    const list = await succeed('secrets', 'ls', '--json', '-C', project.directory)
    assert.deepEqual(
      (JSON.parse(list) as { name: string }[]).map(({ name }) => name),
      Object.keys(values),
    )
  })
  test('that are typed are not shown', async () => {
    const command = `${process.execPath} ${main} secrets set TYPED -C ${project.directory}`
    const terminal = execa('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: host.env,
    })
    terminal.stdout.on('data', (data: Buffer) => {
      if (data.includes('Value of TYPED: ')) terminal.stdin.write(`${typed}\r`)
    })
    const { stdout } = await terminal
    assert.match(stdout, /TYPED of .* set/)
    shown.push(stdout)
  })
  test('reach release commands, containers, databases and builds [W7]', async () => {
    await up('--json')
    assert.deepEqual(await delivered(), expected(api))
  })
  test('are still there when Docker starts a container again', async () => {
    await docker('restart', '--time', '1', await container('r1-web'))
    assert.deepEqual(await delivered(), expected(api))
  })
  test('change with the next release, and no database is replaced for it', async () => {
    const backing = [await container('db'), await container('cache')]
    await set('API_KEY', changed)
    await set('LEGACY', 'was-in-the-env-file')
    await rm(join(project.directory, '.env'))
    await up()
    assert.deepEqual(await delivered(), expected(changed))
    assert.deepEqual([await container('db'), await container('cache')], backing)
    await set('LEGACY', 'another value')
    await up('--replace', 'cache')
    assert.equal(await container('db'), backing[0])
    const variables = await docker('exec', await container('cache'), 'env')
    assert.match(variables, /^LEGACY=another value$/m)
  })

  describe('are not told', () => {
    const redacted = async (code: string, says: RegExp): Promise<void> => {
      const stderr = await fail(code, 'up', project.directory, '--json')
      assert.match(stderr, says)
      assert.match(stderr, /\[redacted\]/)
    }
    test('by a release command that fails and prints them', async () => {
      await write((_, file) => {
        file['x-muelle'] = { ...file['x-muelle'], release: [python(...printAll, 'sys.exit("broken")')] }
      })
      await redacted('RELEASE_COMMAND_FAILED', /broken/)
    })
    test('by an app that fails and prints them', async () => {
      await write((web, file) => {
        web['command'] = python(...printAll, 'sys.exit("broken")')
        web['restart'] = 'no'
        file['x-muelle'] = { ...file['x-muelle'], release: [] }
      })
      await redacted('START_FAILED', /PGPASSWORD/)
    })
    test('by a build that fails and prints them', async () => {
      await write((web) => {
        const dockerfile = `FROM python:3.11-slim\n${mount} cat /run/secrets/build_token && exit 3\n`
        web['build'] = { context: '.', secrets: ['build_token'], dockerfile_inline: dockerfile }
      })
      await redacted('BUILD_FAILED', /exit code: 3/)
    })
    test('to an image: a build argument is refused', async () => {
      await write((web) => {
        web['build'] = { context: '.', args: ['BUILD_TOKEN'] }
      })
      assert.match(
        await fail('SECRET_MISPLACED', 'up', project.directory),
        /services\.web\.build .* BUILD_TOKEN/,
      )
    })
    test('by any other command', async () => {
      await write()
      for (const command of ['status', 'releases', 'plan'])
        await succeed(command, '--json', '-C', project.directory)
      assert.match(await succeed('logs', '--app', project.name), /./)
    })
  })

  test('are nowhere in clear', async () => {
    const home = host.env['MUELLE_HOME'] ?? ''
    assert.notDeepEqual(filesWith(home, [project.name]), [])
    assert.deepEqual(filesWith(home, parts), [])
    assert.ok(shown.length > 20)
    assert.deepEqual(
      shown.filter((text) => parts.some((planted) => text.includes(planted))),
      [],
    )
    const version = `version of ${project.name}`
    assert.deepEqual(await textsInImage(`${project.name}-web:r1`, [...parts, version]), [version])
  })
  test('that are gone are asked for', async () => {
    await succeed('secrets', 'rm', 'API_KEY', '--app', project.name)
    assert.match(await fail('SECRET_MISSING', 'restart', project.name), /API_KEY/)
  })
  test('go with the volumes of their app', async () => {
    await succeed('down', project.name, '--volumes', '--confirm', project.name)
    assert.equal(await succeed('secrets', 'ls', '--app', project.name), `${project.name} has no secrets.`)
  })

  after(async () => {
    await execa('sleep', ['1'], { argv0: database })
    assert.deepEqual(await processes.stop(), [`${database} 1 `])
  })
})
