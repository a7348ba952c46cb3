import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { before, describe, test } from 'node:test'
import { catalogue, type ErrorCode } from '../../src/errors/catalogue.ts'
import { createHost, type Host, type Run, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'

/** Each way of being wrong, on a project that serves release `good`. */
describe('bad input stops with its own code and leaves the previous release serving', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await project.write('good')
    const first = await host.muelle('up', project.directory)
    assert.equal(first.exitCode, 0, first.stderr)
  })

  const expectFailure = (run: Run, code: ErrorCode, says: RegExp): void => {
    assert.match(run.stderr, new RegExp(`Error ${code}: `))
    assert.equal(run.exitCode, catalogue[code].exit)
    assert.match(run.stderr, says)
    assert.match(run.stderr, /→ /, 'names the next command')
  }

  const expectServing = async (version: string): Promise<void> => {
    const { status, body } = await host.get(project.domain)
    assert.equal(status, 200)
    assert.ok(body.startsWith(`${version} `), body)
  }

  const cases: { title: string; code: ErrorCode; says: RegExp; change: (file: ComposeDraft) => void }[] = [
    {
      title: 'an unknown x-muelle key',
      code: 'CONFIG_UNKNOWN_KEY',
      says: /domian/,
      change: (file) => {
        file['x-muelle'] = { domian: ['shop.localhost'] }
      },
    },
    {
      title: 'a value of the wrong type',
      code: 'CONFIG_INVALID',
      says: /services\.web\.x-muelle\.port/,
      change: (file) => {
        file.services['web'] = { build: '.', 'x-muelle': { port: 'eight thousand' } }
      },
    },
    {
      title: 'no service that answers HTTP',
      code: 'NO_WEB_SERVICE',
      says: /x-muelle/,
      change: (file) => {
        file.services['web'] = { build: '.' }
      },
    },
    {
      title: 'an image that cannot be had',
      code: 'IMAGE_UNAVAILABLE',
      says: /muelle-no-such-image:1/,
      change: (file) => {
        file.services['cron'] = { image: 'localhost:9/muelle-no-such-image:1' }
      },
    },
    {
      title: 'a build that fails',
      code: 'BUILD_FAILED',
      says: /this build is meant to fail/,
      change: (file) => {
        file.services['web'] = {
          'x-muelle': { port: 8000 },
          build: {
            context: '.',
            dockerfile_inline: 'FROM python:3.11-slim\nRUN echo this build is meant to fail && exit 3\n',
          },
        }
      },
    },
    {
      title: 'a build that fills the disk',
      code: 'DISK_FULL',
      says: /docker system df/,
      change: (file) => {
        file.services['web'] = {
          'x-muelle': { port: 8000 },
          build: {
            context: '.',
            dockerfile_inline:
              'FROM python:3.11-slim\nRUN dd if=/dev/zero of=/dev/shm/full bs=1M count=4096 status=none\n',
          },
        }
      },
    },
    {
      title: 'a release command that exits with 1',
      code: 'RELEASE_COMMAND_FAILED',
      says: /the migration broke/,
      change: (file) => {
        file['x-muelle'] = {
          ...file['x-muelle'],
          release: [['python', '-c', 'import sys; sys.exit("the migration broke")']],
        }
      },
    },
    {
      title: 'an app that stops at once',
      code: 'START_FAILED',
      says: /cannot start: no database/,
      change: (file) => {
        file.services['web'] = {
          ...file.services['web'],
          restart: 'no',
          environment: { CRASH: 'no database' },
        }
      },
    },
    {
      title: 'an app that never becomes ready',
      code: 'NOT_READY',
      says: /deploy_timeout/,
      change: (file) => {
        file.services['web'] = { ...file.services['web'], environment: { BOOT_SECONDS: '60' } }
        file['x-muelle'] = { ...file['x-muelle'], deploy_timeout: '2s' }
      },
    },
    {
      title: 'an app that answers 500',
      code: 'UNHEALTHY',
      says: /\/health\/ answers 500/,
      change: (file) => {
        file.services['web'] = { ...file.services['web'], environment: { HEALTH: '500' } }
        file['x-muelle'] = { ...file['x-muelle'], deploy_timeout: '2s' }
      },
    },
    {
      title: 'a configuration that nginx refuses',
      code: 'GATEWAY_CONFIG_INVALID',
      says: /duplicate location/,
      change: (file) => {
        file['volumes'] = { files: {} }
        file.services['web'] = { ...file.services['web'], volumes: ['files:/files'] }
        file['x-muelle'] = { ...file['x-muelle'], static: { '/': 'files' } }
      },
    },
  ]

  for (const { title, code, says, change } of cases) {
    test(title, async () => {
      await project.write('bad', change)
      expectFailure(await host.muelle('up', project.directory), code, says)
      await expectServing('good')
    })
  }

  test('a missing Compose file', async () => {
    const run = await host.muelle('up', '/nonexistent')
    expectFailure(run, 'COMPOSE_FILE_MISSING', /\/nonexistent\/compose\.yaml/)
  })

  test('invalid YAML', async () => {
    await project.writeFile('compose.yaml', 'services:\n  web: [unclosed\n')
    expectFailure(await host.muelle('up', project.directory), 'COMPOSE_INVALID', /compose\.yaml/)
    await expectServing('good')
  })

  test('less disk than a build needs', async () => {
    await project.write('bad')
    host.env['MUELLE_MIN_FREE_MB'] = '900000000'
    const run = await host.muelle('up', project.directory)
    delete host.env['MUELLE_MIN_FREE_MB']
    expectFailure(run, 'DISK_FULL', /MB free/)
    await expectServing('good')
  })

  test('Docker that does not run', async () => {
    await project.write('bad')
    host.env['DOCKER_HOST'] = 'unix:///nonexistent/docker.sock'
    const run = await host.muelle('up', project.directory)
    delete host.env['DOCKER_HOST']
    expectFailure(run, 'DOCKER_UNAVAILABLE', /systemctl start docker/)
    await expectServing('good')
  })

  test('a port that another program holds', async () => {
    const blocker = createServer().listen(0, '0.0.0.0')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const { port } = blocker.address() as { port: number }
    const other = await createProject(cleanup)
    await other.write('other', (file) => {
      file.services['web'] = { build: '.', ports: [`${port}:8000`] }
      delete file['x-muelle']
    })
    const run = await host.muelle('up', other.directory)
    blocker.close()
    expectFailure(run, 'PORT_TAKEN', new RegExp(`Port ${port}`))
    await expectServing('good')
  })

  test('and a correct file deploys again', async () => {
    await project.write('better')
    const run = await host.muelle('up', project.directory)
    assert.equal(run.exitCode, 0, run.stderr)
    await expectServing('better')
  })
})
