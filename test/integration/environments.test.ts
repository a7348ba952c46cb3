import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { stringify } from 'yaml'
import { catalogue } from '../../src/errors/catalogue.ts'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'
import { visit } from '../support/visit.ts'

describe('two environments of one folder', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let staging: { name: string; domain: string }

  const write = (version: string, change: (file: ComposeDraft) => void = () => undefined) =>
    project.write(version, (file) => {
      const environment = { GREETING: '$GREETING' }
      file.services['web'] = { ...file.services['web'], environment, env_file: '.env' }
      file.services['cache'] = {
        image: 'redis:7-alpine',
        container_name: `${project.name}_cache`,
        command: 'redis-server --appendonly yes',
        volumes: ['data:/data'],
      }
      file['volumes'] = { data: {} }
      file['x-muelle'] = { ...file['x-muelle'], keep_releases: 2 }
      change(file)
    })
  const writeStaging = (override: object = { 'x-muelle': { domains: [staging.domain] } }) =>
    project.writeFile('compose.staging.yaml', stringify(override))
  const muelle = async (command: string, ...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await host.muelle(command, '-C', project.directory, ...argv)
    assert.equal(exitCode, 0, stderr)
    return stdout.trim()
  }
  const version = async (domain: string): Promise<string> => (await host.get(domain)).body.split(' ')[0] ?? ''
  const containers = async (app: string, ...filters: string[]): Promise<string[]> => {
    const all = [`label=org.muelle.app=${app}`, ...filters].flatMap((filter) => ['--filter', filter])
    return lines(await docker('ps', '--quiet', ...all))
  }
  /** Everything of an environment that runs, with the moment at which it started. */
  const running = async (app: string): Promise<string> =>
    docker('inspect', '--format', '{{.Name}} {{.State.StartedAt}}', ...(await containers(app)))
  const webImage = async (app: string, release: number): Promise<string> => {
    const [container = ''] = await containers(app, 'label=org.muelle.role=web', `name=-r${release}-`)
    return docker('inspect', '--format', '{{.Image}}', container)
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    staging = { name: `${project.name}-staging`, domain: `staging.${project.domain}` }
    await project.writeFile('.env', 'GREETING=production\nSECRET=of production\nCOMMON=both\n')
    await project.writeFile('.env.staging', 'GREETING=staging\nSECRET=of staging\n')
    await write('v1')
    await writeStaging()
    await muelle('up')
    await muelle('up', '--env', 'staging')
  })

  test('answer to a domain each', async () => {
    assert.match((await host.get(project.domain)).body, new RegExp(`^v1 ${project.domain} `))
    assert.match((await host.get(staging.domain)).body, new RegExp(`^v1 ${staging.domain} `))
  })

  test('have a database each, in a volume each', async () => {
    await muelle('exec', 'cache', 'redis-cli', 'set', 'who', 'production')
    assert.equal(await muelle('exec', 'cache', 'redis-cli', 'get', 'who'), 'production')
    assert.equal(await muelle('exec', '--env', 'staging', 'cache', 'redis-cli', 'get', 'who'), '')
    const reached = `import socket; s = socket.create_connection(('${project.name}_cache', 6379)); s.sendall(b'GET who\\r\\n'); print(s.recv(99))`
    assert.match(await muelle('exec', 'web', 'python', '-c', reached), /production/)
    assert.equal(await muelle('exec', '--env', 'staging', 'web', 'python', '-c', reached), "b'$-1\\r\\n'")
  })

  test('have variables of their own, in the Compose file and in env files', async () => {
    const show = ['web', 'sh', '-c', 'echo $GREETING, $SECRET, $COMMON']
    assert.equal(await muelle('exec', ...show), 'production, of production, both')
    assert.equal(await muelle('exec', '--env', 'staging', ...show), 'staging, of staging, both')
  })

  test('are told apart by status', async () => {
    const { stdout } = await host.muelle('status', '--json')
    const apps = JSON.parse(stdout) as { app: string; environment: string }[]
    assert.deepEqual(
      apps.map(({ app, environment }) => `${app} ${environment}`),
      [`${project.name} production`, `${staging.name} staging`],
    )
    assert.match(
      await muelle('status', '--env', 'staging'),
      new RegExp(`^${staging.name} +staging +release 1 `),
    )
  })

  test('change one at a time', async () => {
    const before = await running(project.name)
    await write('v2')
    await muelle('up', '--env', 'staging')
    assert.equal(await version(staging.domain), 'v2')
    assert.equal(await version(project.domain), 'v1')
    assert.equal(await running(project.name), before)
  })

  describe('promote', () => {
    test('deploys to production what staging runs, builds nothing and loses no request [C11]', async () => {
      await write('not deployed anywhere', (file) => {
        file['x-muelle'] = { ...file['x-muelle'], test: ['false'] }
      })
      const before = await running(staging.name)
      const visitors = visit(host, project, 4)
      const { exitCode, stdout, stderr } = await host.muelle('promote', '-C', project.directory, '--json')
      const seen = (await visitors.stop()).flat()
      assert.equal(exitCode, 0, stderr)
      const { release, steps } = JSON.parse(stdout) as { release: number; steps: { kind: string }[] }
      assert.deepEqual(
        steps.filter(({ kind }) => kind === 'build' || kind === 'test'),
        [],
      )
      assert.match(stderr, /tests are not run again/)
      assert.deepEqual(
        seen.filter((each) => each !== 'v1' && each !== 'v2'),
        [],
      )
      assert.equal(await version(project.domain), 'v2')
      assert.equal(await webImage(project.name, release), await webImage(staging.name, 2))
      assert.equal(await running(staging.name), before)
    })

    test('leaves production its domain, its variables and its database', async () => {
      assert.match((await host.get(project.domain)).body, new RegExp(`^v2 ${project.domain} `))
      assert.equal(await muelle('exec', 'web', 'printenv', 'GREETING'), 'production')
      assert.equal(await muelle('exec', 'cache', 'redis-cli', 'get', 'who'), 'production')
    })

    test('can be taken back like any deployment', async () => {
      await muelle('rollback')
      assert.equal(await version(project.domain), 'v1')
      await muelle('rollback', '2')
      assert.equal(await version(project.domain), 'v2')
    })

    test('outlives the release of staging that it came from', async () => {
      const image = await webImage(project.name, 2)
      for (const next of ['v3', 'v4']) {
        await write(next)
        await muelle('up', '--env', 'staging')
      }
      const states = await muelle('releases', '--env', 'staging')
      assert.match(states, /^2 +pruned /m)
      assert.equal(await docker('image', 'inspect', '--format', '{{.Id}}', `${project.name}-web:r2`), image)
      assert.equal(await version(project.domain), 'v2')
    })

    test('stops before anything is touched when staging has no image of a service', async () => {
      await write('v5', (file) => {
        file.services['mailer'] = { build: '.', command: 'sleep 1000' }
      })
      const before = await running(project.name)
      const { exitCode, stderr } = await host.muelle('promote', '-C', project.directory)
      assert.equal(exitCode, catalogue.IMAGE_UNAVAILABLE.exit, stderr)
      assert.match(stderr, /no image of mailer/)
      assert.equal(await running(project.name), before)
    })
  })

  describe('share nothing:', () => {
    const refused = async (shared: RegExp, ...argv: string[]): Promise<void> => {
      const before = [await running(project.name), await running(staging.name)]
      const { exitCode, stderr } = await host.muelle('up', '-C', project.directory, ...argv)
      assert.equal(exitCode, catalogue.ENVIRONMENT_SHARED.exit, stderr)
      assert.match(stderr, shared)
      assert.match(stderr, /→ Write in compose\.staging\.yaml/)
      assert.deepEqual([await running(project.name), await running(staging.name)], before)
    }
    test('a volume with a name of its own is refused', async () => {
      await write('v5', (file) => {
        file['volumes'] = { data: { name: `${project.name}_fixed` } }
      })
      await refused(/both use the volume \w+_fixed/, '--env', 'staging')
    })
    test('so is one of staging to production', async () => {
      await write('v5', (file) => {
        file['volumes'] = { data: { name: `${staging.name}_data` } }
      })
      await refused(/both use the volume \w+-staging_data/)
    })
    test('a domain is refused', async () => {
      await write('v5')
      await writeStaging({})
      await refused(/both use the domain/, '--env', 'staging')
    })
    test('and an environment that was misspelt does not become one', async () => {
      await writeStaging()
      const { exitCode } = await host.muelle('up', '-C', project.directory, '--env', 'stagin')
      assert.equal(exitCode, catalogue.ENVIRONMENT_SHARED.exit)
    })
  })

  test('down of staging leaves production, with its images and its data', async () => {
    const before = await running(project.name)
    const confirm = ['--volumes', '--confirm', staging.name]
    await muelle('down', '--env', 'staging', ...confirm)
    assert.equal((await host.get(staging.domain)).status, 421)
    assert.equal(await running(project.name), before)
    assert.equal(await version(project.domain), 'v2')
    assert.equal(await muelle('exec', 'cache', 'redis-cli', 'get', 'who'), 'production')
    const volumes = lines(await docker('volume', 'ls', '--quiet', '--filter', `name=^${project.name}`))
    assert.deepEqual(volumes, [`${project.name}_data`])
    const { exitCode, stderr } = await host.muelle('status', '-C', project.directory, '--env', 'staging')
    assert.equal(exitCode, catalogue.APP_UNKNOWN.exit, stderr)
  })
})
