import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, type Run, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'

type Change = (file: ComposeDraft) => void

interface Failure {
  /** The cause that has to be named. */
  id: string
  /** What makes it. */
  title: string
  says: RegExp
  next?: RegExp
  change: (file: ComposeDraft, project: Project) => void
  /** In the project's folder; text has one byte for each character. */
  files?: Readonly<Record<string, string>>
  isExecutable?: boolean
}

/** The web service, without a build of its own: these fail before or after one. */
const web = (file: ComposeDraft, more: Record<string, unknown>): void => {
  const { build, ...service } = file.services['web'] ?? {}
  file.services['web'] = { image: 'python:3.11-slim', ...service, restart: 'no', ...more }
}
const python = (...lines: string[]) => ['python', '-c', lines.join('\n')]
const inline = (...lines: string[]) => ({
  build: { context: '.', dockerfile_inline: ['FROM python:3.11-slim', ...lines, ''].join('\n') },
})
const builds = (id: string, title: string, lines: string[], says: RegExp): Failure => ({
  id,
  title,
  says,
  change: (file) => web(file, inline(...lines)),
})
const prints = (id: string, title: string, command: string[], says: RegExp, next = /./): Failure => ({
  id,
  title,
  says,
  next,
  change: (file) => web(file, { command }),
})
const script = (id: string, text: string, says: RegExp): Failure => ({
  id,
  title: `an entrypoint ${JSON.stringify(text)}`,
  says,
  files: { 'run.sh': text },
  isExecutable: id !== 'script-not-executable',
  change: (file) => web(file, { volumes: ['./run.sh:/run.sh'], command: ['/run.sh'] }),
})
/** Compose has no value for it, warns, and gives the service an empty one. */
const unset = `\${VALUE_OF_NOBODY}`
const quickly = (file: ComposeDraft): void => {
  file['x-muelle'] = { ...file['x-muelle'], deploy_timeout: '2s' }
}

/** A program of this machine that says it is for another. */
function foreignProgram(): string {
  const program = readFileSync('/bin/true')
  program[18] = 0xb7
  return program.toString('latin1')
}

const ofBuilds: Failure[] = [
  builds(
    'copy-source-missing',
    'COPY of a file that is not there',
    ['COPY nothing.txt /'],
    /nothing\.txt, which is not in the folder that is built from\.$/,
  ),
  {
    ...builds(
      'copy-source-missing',
      'COPY of a file that .dockerignore leaves out',
      ['COPY VERSION /'],
      /VERSION\. It is there, but \.dockerignore/,
    ),
    files: { '.dockerignore': 'VERSION\n' },
  },
  builds(
    'dockerfile-syntax',
    'a Dockerfile with an instruction that does not exist',
    ['RUNN true'],
    /^Line 2 of the Dockerfile: unknown instruction: RUNN/,
  ),
  builds(
    'build-without-network',
    'pip that cannot reach its index',
    ['RUN pip install --retries 1 --index-url https://index.invalid/ muelle-nothing==9'],
    /for muelle-nothing==9\): network or name/,
  ),
  builds(
    'requirement-missing',
    'a requirement that does not exist',
    ['RUN pip install --no-index --find-links /tmp muelle-nothing==9'],
    /pip found no muelle-nothing==9: the name is wrong, or/,
  ),
  builds(
    'build-command-missing',
    'a step with a program that the image lacks',
    ['RUN nosuchprogram --all'],
    /no program nosuchprogram/,
  ),
  builds(
    'variable-missing',
    'a step that wants a variable',
    [`RUN python -c "import os; os.environ['SHOP_KEY']"`],
    /SHOP_KEY, which it does not have/,
  ),
  {
    id: 'registry-unreachable',
    title: 'an image of a registry that is not there',
    says: /registry localhost:9 could not be reached/,
    change: (file) => {
      file.services['cron'] = { image: 'localhost:9/nothing:1' }
    },
  },
]

const ofStarts: Failure[] = [
  {
    id: 'mount-source-missing',
    title: 'a bind mount without its source',
    says: /missing, which does not exist on this machine/,
    change: (file) =>
      web(file, {
        volumes: [{ type: 'bind', source: './missing', target: '/x', bind: { create_host_path: false } }],
      }),
  },
  {
    id: 'mount-kind-differs',
    title: 'a file where a folder is expected',
    says: /VERSION is a file, and \/etc in the image is a folder/,
    change: (file) => web(file, { volumes: ['./VERSION:/etc'] }),
  },
  {
    id: 'mount-not-writable',
    title: "a volume that the app's user may not write",
    says: /user 1000, who may not use \/data\/x on the volume \w+_data/,
    next: /mkdir -p \/data && chown 1000/,
    change: (file) => {
      file['volumes'] = { data: {} }
      web(file, { user: '1000', volumes: ['data:/data'], command: python("open('/data/x', 'w')") })
    },
  },
  {
    id: 'out-of-memory',
    title: 'an app that needs more memory than its limit',
    says: /limit of 32 MiB/,
    next: /memory: 64M/,
    change: (file) =>
      web(file, {
        mem_limit: '32m',
        command: python('x = bytearray(200_000_000)', 'for i in range(0, len(x), 4096): x[i] = 1'),
      }),
  },
  {
    id: 'disk-full',
    title: 'a write without room',
    says: /no room left/,
    change: (file) =>
      web(file, {
        tmpfs: ['/small:size=4096'],
        command: python("open('/small/x', 'w').write('x' * 100000)"),
      }),
  },
  {
    id: 'program-ended',
    title: 'a command that ends by itself',
    says: /ended by itself, without an error/,
    change: (file) => web(file, { command: ['true'] }),
  },
  prints('program-missing', 'a command that the image lacks', ['nosuchprogram'], /no program nosuchprogram/),
  script('script-not-executable', '#!/bin/sh\nexit 0\n', /\/run\.sh may not be run as a program/),
  script('carriage-returns', '#!/bin/sh\r\nexit 0\r\n', /\/run\.sh has the line endings of Windows/),
  script('script-without-interpreter', 'exit 0\n', /\/run\.sh is a script, but does not begin/),
  script('program-missing', '#!/bin/nosuchshell\n', /its interpreter \/bin\/nosuchshell is not/),
  {
    ...script('wrong-architecture', foreignProgram(), /\/run\.sh is made for arm64, and this machine is/),
    title: 'a program for another kind of processor',
  },
  prints(
    'variable-missing',
    'a variable that is missing',
    python('import os', "os.environ['SHOP_KEY']"),
    /SHOP_KEY, which it does not have/,
    /SHOP_KEY: "\$\{SHOP_KEY\}"/,
  ),
  {
    id: 'variable-missing',
    title: 'a variable that Compose found no value for',
    says: /DJANGO_SETTINGS_MODULE, which is empty/,
    next: /in .env/,
    change: (file) =>
      web(file, {
        environment: { DJANGO_SETTINGS_MODULE: unset },
        command: python('from django.conf import settings', 'settings.DEBUG'),
      }),
  },
  {
    id: 'setting-empty',
    title: 'a Django setting that Compose found no value for',
    says: /SECRET_KEY is empty, and so is the variable/,
    change: (file) =>
      web(file, {
        environment: { SECRET_KEY: unset },
        command: python(
          'import os',
          'from django.conf import settings',
          "settings.configure(SECRET_KEY=os.environ['SECRET_KEY'])",
          'settings.SECRET_KEY',
        ),
      }),
  },
  prints('module-missing', 'a module that the image lacks', ['gunicorn', 'nosuch.wsgi'], /no module nosuch/),
  prints(
    'localhost-in-container',
    'a database on localhost',
    python('import redis', "redis.Redis(host='localhost').ping()"),
    /localhost:6379/,
  ),
  {
    id: 'listens-on-localhost',
    title: 'an app that listens on localhost',
    says: /127\.0\.0\.1:8000/,
    next: /0\.0\.0\.0:8000/,
    change: (file) => {
      quickly(file)
      web(file, { command: ['python', '-m', 'http.server', '8000', '--bind', '127.0.0.1'] })
    },
  },
  {
    id: 'listens-elsewhere',
    title: 'an app that listens on another port',
    says: /on port 8000; it listens on 8080/,
    next: /port: 8080/,
    change: (file) => {
      quickly(file)
      web(file, { command: ['python', '-m', 'http.server', '8080'] })
    },
  },
  {
    id: 'listens-nowhere',
    title: 'an app that takes long to start',
    says: /listens on no port yet/,
    change: (file) => {
      quickly(file)
      web(file, { init: true, command: ['sleep', '60'] })
    },
  },
  {
    id: 'health-check-program-missing',
    title: 'a health check with a program that the image lacks',
    says: /runs nosuchcurl/,
    change: (file) => {
      quickly(file)
      file.services['worker'] = {
        build: '.',
        init: true,
        command: ['sleep', 'infinity'],
        healthcheck: { test: ['CMD', 'nosuchcurl', 'x'] },
      }
    },
  },
  {
    id: 'program-error',
    title: 'an app that answers 500',
    says: /ValueError: no price/,
    change: (file) => {
      quickly(file)
      web(file, {
        command: python(
          'from wsgiref.simple_server import make_server',
          "def app(environ, start): raise ValueError('no price')",
          "make_server('', 8000, app).serve_forever()",
        ),
      })
    },
  },
]

const password = randomBytes(12).toString('hex')
const newPassword = randomBytes(12).toString('hex')

/** With a database and a cache that were there before. */
const connect = (more: string) =>
  python(
    'import psycopg2, os',
    `c = psycopg2.connect(host='db', user='postgres', password=os.environ['DB_PASSWORD']${more}).cursor()`,
    "c.execute('select * from shop_product')",
  )
const ofDatabases: Failure[] = [
  prints(
    'database-not-migrated',
    'a table that is not there',
    connect(''),
    /no table shop_product: its migrations have not run, or/,
    /release: \[/,
  ),
  prints(
    'database-missing',
    'a database that is not there',
    connect(", dbname='shopp'"),
    /PostgreSQL has no database shopp/,
  ),
  prints('connection-refused', 'a port on which nothing listens', connect(', port=5433'), /at db, port 5433/),
  prints(
    'name-not-resolved',
    'a host that no service is called by',
    python('import psycopg2', "psycopg2.connect(host='databse')"),
    /asks for databse, and no service/,
    /There are: db, redis and web$/,
  ),
  prints(
    'name-not-resolved',
    'the machine by a name that the file does not give',
    python('import psycopg2', "psycopg2.connect(host='host.docker.internal')"),
    /asks for host\.docker\.internal, and Docker on Linux/,
    /services: \{web: \{extra_hosts:/,
  ),
  prints(
    'server-outside-silent',
    'a server outside Docker that does not answer',
    // Nothing listens there, and it is no service's.
    python('import psycopg2', "psycopg2.connect(host='127.0.0.2')"),
    /at 127\.0\.0\.2, port 5432, which is no service of the file/,
    /listen_addresses/,
  ),
  prints(
    'redis-credentials',
    'Redis without its password',
    python('import redis', "redis.Redis(host='redis').ping()"),
    /the app gives none/,
  ),
  prints(
    'redis-credentials',
    'Redis with a wrong password',
    python('import redis', "redis.Redis(host='redis', password='x').ping()"),
    /Redis refuses/,
  ),
  {
    id: 'database-credentials',
    title: 'a password other than that of the database',
    says: /db takes the user and the password of its own definition, so the app has others/,
    change: (file) => web(file, { command: connect(''), environment: { DB_PASSWORD: 'wrong' } }),
  },
]

describe('a failed deployment names its cause: [B7]', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  before(async () => {
    host = await createHost(cleanup)
    await deployGood()
  })
  // Beside a release that serves, a failing one does not have to make the gateway.
  const deployGood = async (change?: (file: ComposeDraft) => void): Promise<void> => {
    project = await createProject(cleanup)
    await project.write('good', change)
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
  }

  const withDatabases: Change = (file) => {
    file.services['db'] = {
      image: 'postgres:15',
      environment: { POSTGRES_PASSWORD: password },
      volumes: ['pg:/var/lib/postgresql/data'],
    }
    file.services['redis'] = { image: 'redis:7-alpine', command: ['redis-server', '--requirepass', password] }
    file['volumes'] = { pg: {} }
    file.services['web'] = { ...file.services['web'], environment: { DB_PASSWORD: password } }
  }
  const fail = async (
    { change, files = {}, isExecutable = false }: Failure,
    first: Change = () => undefined,
  ): Promise<Run> => {
    await project.write('bad', (file) => {
      first(file)
      change(file, project)
    })
    for (const [name, text] of Object.entries({ '.dockerignore': '', ...files })) {
      const path = join(project.directory, name)
      await writeFile(path, text, 'latin1')
      await chmod(path, isExecutable ? 0o755 : 0o644)
    }
    return host.muelle('up', '--json', project.directory)
  }
  const expectCause = (run: Run, { id, says, next = /./ }: Pick<Failure, 'id' | 'says' | 'next'>): void => {
    const { error } = JSON.parse(run.stdout)
    assert.equal(error.cause?.id, id, run.stderr)
    assert.match(error.cause.text, says)
    assert.match(error.hint, next)
    assert.ok(run.stderr.includes(`Cause: ${error.cause.text}`))
  }

  for (const failure of [...ofBuilds, ...ofStarts]) {
    test(`${failure.id}: ${failure.title}`, async () => expectCause(await fail(failure), failure))
  }

  test('port-in-use: a program that has the port', async () => {
    const blocker = createServer().listen(0, '0.0.0.0')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const { port } = blocker.address() as { port: number }
    const run = await publish(port)
    blocker.close()
    expectCause(run, {
      id: 'port-in-use',
      says: new RegExp(`^The program \\S+ \\(process ${process.pid}\\) listens on port ${port}\\.$`),
    })
  })
  test('port-in-use: a container that has the port', async () => {
    const name = `${project.name}-blocker`
    await docker(
      'run',
      '--detach',
      '--rm',
      '--name',
      name,
      '--publish',
      '8000',
      'python:3.11-slim',
      'sleep',
      '60',
    )
    const port = Number((await docker('port', name, '8000')).split('\n')[0]?.split(':').at(-1))
    const run = await publish(port)
    await docker('rm', '--force', name)
    expectCause(run, {
      id: 'port-in-use',
      says: new RegExp(`^The container ${name} listens on port ${port}\\.$`),
    })
  })
  /** An app of its own, without domains. */
  const publish = async (port: number): Promise<Run> => {
    project = await createProject(cleanup)
    const change: Change = (file) => {
      web(file, { ports: [`${port}:8000`] })
      delete file['x-muelle']
    }
    return fail({ id: 'port-in-use', title: '', says: /./, change })
  }

  describe('with databases:', () => {
    before(() => deployGood(withDatabases))

    for (const failure of ofDatabases) {
      test(`${failure.id}: ${failure.title}`, async () =>
        expectCause(await fail(failure, withDatabases), failure))
    }
    test('database-credentials: a new password for a volume that has the old one', async () => {
      await project.write('bad', (file) => {
        withDatabases(file)
        Object.assign(file.services['db'] ?? {}, { environment: { POSTGRES_PASSWORD: newPassword } })
        web(file, { command: connect(''), environment: { DB_PASSWORD: newPassword } })
      })
      const run = await host.muelle('up', '--json', '--replace', 'db', '--', project.directory)
      expectCause(run, {
        id: 'database-credentials',
        says: /counts only when the volume is first initialised/,
        next: /muelle exec db/,
      })
      assert.ok(!`${run.stdout}${run.stderr}`.includes(newPassword))
    })
  })
})
