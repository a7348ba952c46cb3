import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'

describe('two apps on one machine', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let one: Project
  let two: Project

  const up = async (project: Project) => {
    const run = await host.muelle('up', project.directory)
    assert.equal(run.exitCode, 0, run.stderr)
  }
  const resolves = (container: string, name: string): Promise<string> =>
    docker('exec', container, 'sh', '-c', `getent hosts ${name} || echo none`)

  before(async () => {
    host = await createHost(cleanup)
    one = await createProject(cleanup)
    two = await createProject(cleanup)
    await one.write('one', (file) => {
      file.services['cache'] = { image: 'redis:7-alpine', volumes: ['data:/data'] }
      file['volumes'] = { data: {} }
    })
    await two.write('two')
    await up(one)
    await up(two)
  })

  test('each answers to its own host name', async () => {
    assert.match((await host.get(one.domain)).body, /^one /)
    assert.match((await host.get(two.domain)).body, /^two /)
  })

  test('a host name that nobody has is refused', async () => {
    assert.equal((await host.get('nobody.localhost')).status, 421)
  })

  test('they do not see each other', async () => {
    const first = `${one.name}-r1-web-r1-1`
    const second = `${two.name}-r1-web-r1-1`
    assert.equal(await resolves(first, second), 'none')
    assert.equal(await resolves(second, first), 'none')
    assert.equal(await resolves(second, 'cache'), 'none')
    assert.notEqual(await resolves(first, 'cache'), 'none')
  })

  test('the gateway reaches the web service but no backing service', async () => {
    const gateway = `${host.instance}-gateway`
    assert.notEqual(await resolves(gateway, `${one.name}-r1-web-r1-1`), 'none')
    assert.equal(await resolves(gateway, `${one.name}-cache-1`), 'none')
  })

  test('a bad configuration of one is refused and touches neither', async () => {
    await one.write('broken', (file) => {
      file.services['web'] = { ...file.services['web'], volumes: ['files:/files'] }
      file['volumes'] = { files: {} }
      file['x-muelle'] = { ...file['x-muelle'], static: { '/': 'files' } }
    })
    const run = await host.muelle('up', one.directory)
    assert.match(run.stderr, /GATEWAY_CONFIG_INVALID/)
    assert.match((await host.get(one.domain)).body, /^one /)

    await two.write('two again')
    await up(two)
    assert.match((await host.get(two.domain)).body, /^two again /)
    assert.match((await host.get(one.domain)).body, /^one /)
  })

  test('a domain of one is refused to the other', async () => {
    await two.write('thief', (file) => {
      file['x-muelle'] = { ...file['x-muelle'], domains: [two.domain, one.domain] }
    })
    const run = await host.muelle('up', two.directory)
    assert.match(run.stderr, /DOMAIN_TAKEN/)
    assert.doesNotMatch(run.stderr, /Build/)
    assert.match((await host.get(one.domain)).body, /^one /)
    assert.match((await host.get(two.domain)).body, /^two again /)
  })

  test('removing one leaves the other, and the volumes of both', async () => {
    const run = await host.muelle('down', one.name)
    assert.equal(run.exitCode, 0, run.stderr)
    assert.equal((await host.get(one.domain)).status, 421)
    assert.match((await host.get(two.domain)).body, /^two again /)
    assert.match(await docker('volume', 'ls', '--format', '{{.Name}}'), new RegExp(`${one.name}_data`))
    assert.equal(await docker('ps', '-aq', '--filter', `label=org.muelle.app=${one.name}`), '')
  })

  test('down --volumes removes what a plain down has left, and asks for the name', async () => {
    const volumes = () => docker('volume', 'ls', '--format', '{{.Name}}', '--filter', `name=^${one.name}_`)
    const left = await volumes()
    assert.match(left, new RegExp(`^${one.name}_data$`, 'm'))
    const again = await host.muelle('down', one.name, '--volumes')
    assert.equal(again.exitCode, 43, again.stderr)
    assert.equal(await volumes(), left)
    // In its folder it goes without the name, too.
    const done = await host.muelle('down', one.directory, '--volumes', '--confirm', one.name)
    assert.equal(done.exitCode, 0, done.stderr)
    assert.match(done.stdout, new RegExp(`${one.name}_data`))
    assert.equal(await volumes(), '')
    const nothing = await host.muelle('down', one.name, '--volumes', '--confirm', one.name)
    assert.equal(nothing.exitCode, 41, nothing.stderr)
    assert.match((await host.get(two.domain)).body, /^two again /)
  })
})
