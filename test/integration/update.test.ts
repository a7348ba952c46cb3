import assert from 'node:assert/strict'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'
import { startMail, startReceiver } from '../support/receivers.ts'
import { createRepository, type Repository } from '../support/repository.ts'

describe('an update from Git', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let repository: Repository
  let mail: Awaited<ReturnType<typeof startMail>>
  let hook: Awaited<ReturnType<typeof startReceiver>>

  /** Writes a version of the project into the clone and pushes it. @returns the commit */
  const push = async (version: string, change?: (file: ComposeDraft) => void): Promise<string> => {
    await project.write(version, (file) => {
      const { web } = file.services
      file.services['web'] = {
        ...web,
        env_file: '.env',
        volumes: ['./uploads:/uploads', './site.conf:/site.conf:ro'],
      }
      const update = { repo: repository.path }
      const notify = { email: 'ada@example.com', webhook: ['$', '{HOOK_URL}'].join('') }
      file['x-muelle'] = { ...file['x-muelle'], update, notify }
      change?.(file)
    })
    for (const name of ['server.py', 'Dockerfile', 'VERSION', 'compose.yaml'])
      await cp(join(project.directory, name), join(repository.clone, name))
    await writeFile(join(repository.clone, 'site.conf'), version)
    return repository.pushAll(`Version ${version}`)
  }
  const update = async (...argv: string[]) => {
    const run = await host.muelle('update', project.name, '--json', ...argv)
    return { ...run, data: run.stdout === '' ? {} : JSON.parse(run.stdout) }
  }
  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''
  const inContainer = async (release: number, ...command: string[]): Promise<string> => {
    const filters = [`label=org.muelle.app=${project.name}`, `label=org.muelle.release=${release}`]
    const [id = ''] = lines(await docker('ps', '-q', ...filters.flatMap((label) => ['--filter', label])))
    return docker('exec', id, ...command)
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    repository = await createRepository(cleanup)
    await writeFile(join(repository.clone, '.gitignore'), '.env\nuploads\n')
    await push('v1')
    ;[mail, hook] = [await startMail(cleanup), await startReceiver(cleanup)]
    host.env['MUELLE_NOTIFY_PRIVATE_HOSTS'] = '127.0.0.1'
    const secrets = { SMTP_URL: mail.url, HOOK_URL: `${hook.url}/planted-path`, NOTIFY_WEBHOOK_SECRET: 'key' }
    for (const [name, value] of Object.entries(secrets))
      assert.equal((await host.send(value, 'secrets', 'set', name, '--app', project.name)).exitCode, 0)
    // The folder that a person deploys from, once: a clone with what is not in Git.
    await writeFile(join(repository.clone, '.env'), 'GREETING=hello\n')
    await mkdir(join(repository.clone, 'uploads'))
    await writeFile(join(repository.clone, 'uploads', 'photo'), 'a photo')
    const { exitCode, stderr } = await host.muelle('up', repository.clone)
    assert.equal(exitCode, 0, stderr)
  })

  test('stops where nothing is new', async () => {
    const { exitCode, data } = await update()
    assert.equal(exitCode, 0)
    assert.equal(data.state, 'current')
    assert.equal((await host.muelle('releases', project.name)).stdout.trim().split('\n').length, 2)
  })
  test('deploys the newest commit, with .env and uploads from the folder that was deployed by hand [T7]', async () => {
    const commit = await push('v2')
    // The folder may be behind, and the clone of somebody else.
    await repository.git('checkout', '--quiet', '--detach', 'HEAD~1')
    const planned = await update('--dry-run')
    assert.equal(planned.data.state, 'planned')
    assert.equal(await version(), 'v1')
    const { exitCode, data, stderr } = await update()
    assert.equal(exitCode, 0, stderr)
    assert.partialDeepStrictEqual(data, { state: 'deployed', commit, release: 2, branch: 'main' })
    assert.match(data.changes[0], /Version v2/)
    assert.equal(await version(), 'v2')
    assert.equal(await inContainer(2, 'cat', '/uploads/photo', '/site.conf'), 'a photov2')
    assert.equal(await inContainer(2, 'printenv', 'GREETING'), 'hello')
    const releases = JSON.parse((await host.muelle('releases', project.name, '--json')).stdout)
    assert.equal(releases[0].commit, commit.slice(0, 12))
    assert.equal((await host.muelle('status', repository.clone)).exitCode, 0)
    await repository.git('checkout', '--quiet', 'main')
  })
  test('leaves the release before with the files of its own commit', async () => {
    await push('v3')
    assert.equal((await update()).exitCode, 0)
    assert.equal(await inContainer(2, 'cat', '/site.conf'), 'v2')
    assert.equal(await inContainer(3, 'cat', '/site.conf'), 'v3')
    const checkouts = await readdir(
      join(host.env['MUELLE_HOME'] ?? '', 'apps', project.name, 'source/checkouts'),
    )
    assert.equal(checkouts.length, 2)
  })
  test('with a bad migration is taken back, and the next one waits for a person', async () => {
    await push('v4', (file) => {
      file['x-muelle'] = { ...file['x-muelle'], release: [['sh', '-c', 'echo no such column; exit 1']] }
    })
    const failed = await update()
    assert.equal(failed.exitCode, 32, failed.stderr)
    assert.match(JSON.stringify(failed.data.error.log), /no such column/)
    assert.equal(await version(), 'v3')
    await push('v5')
    const toldOf = hook.received
      .map(({ body }) => JSON.parse(body))
      .map(({ kind, release }) => [kind, release])
    assert.deepEqual(toldOf, [
      ['deployed', 1],
      ['deployed', 2],
      ['deployed', 3],
      ['rolled-back', 4],
    ])
    const { text = '' } = mail.mails.at(-1) ?? {}
    assert.equal(mail.mails.length, 4)
    assert.match(text, /Release 4 was taken back/)
    assert.match(text, /no such column/)
    assert.ok(text.includes((await repository.git('rev-parse', 'HEAD~1')).slice(0, 12)))
    const paused = await update()
    assert.equal(paused.exitCode, 45)
    assert.match(paused.data.error.message, /paused since .* release 4 was taken back/)
    await host.muelle('updates', 'resume', project.name)
    assert.equal((await update()).exitCode, 0)
    assert.equal(await version(), 'v5')
  })
  test('deploys an older commit of the branch by its number, and what is live again when told', async () => {
    const older = await repository.git('rev-parse', 'HEAD~3')
    assert.equal((await update('--ref', older.slice(0, 10))).data.commit, older)
    assert.equal(await version(), 'v2')
    await writeFile(join(repository.clone, '.env'), 'GREETING=moin\n')
    assert.equal((await update('--ref', older)).data.state, 'current')
    const { data } = await update('--ref', older, '--again')
    assert.equal(await inContainer(data.release, 'printenv', 'GREETING'), 'moin')
  })
  test('of two that come at once, one deploys and the other says so', async () => {
    const commit = await push('v8')
    const both = await Promise.all([update(), update()])
    const codes = both.map(({ exitCode }) => exitCode).sort()
    assert.ok(codes[0] === 0 && [0, 40].includes(codes[1] ?? -1), JSON.stringify(codes))
    const releases = JSON.parse((await host.muelle('releases', project.name, '--json')).stdout)
    const made = releases.filter((release: { commit: string }) => release.commit === commit.slice(0, 12))
    assert.equal(made.length, 1)
    assert.equal(await version(), 'v8')
  })
  test('refuses a commit whose containers would write into what is in Git', async () => {
    await push('v6', (file) => {
      file.services['web'] = { ...file.services['web'], volumes: ['.:/code'] }
    })
    const { exitCode, data } = await update()
    assert.equal(exitCode, 64)
    assert.match(data.error.message, /web may write/)
    assert.equal(await version(), 'v8')
  })
  test('finds .env also when that folder is gone, and refuses to lose uploads', async () => {
    await push('v7', (file) => {
      file.services['web'] = { ...file.services['web'], volumes: ['./site.conf:/site.conf:ro'] }
    })
    const aside = `${repository.clone}-aside`
    await cp(repository.clone, aside, { recursive: true })
    await rm(repository.clone, { recursive: true })
    const { exitCode, data, stderr } = await update()
    assert.equal(exitCode, 0, stderr)
    assert.equal(await inContainer(data.release, 'printenv', 'GREETING'), 'moin')
    const refused = await update('--ref', data.from ?? '', '--again')
    assert.equal(refused.exitCode, 64)
    assert.match(refused.data.error.message, /is gone/)
    await cp(aside, repository.clone, { recursive: true })
    assert.equal(await readFile(join(repository.clone, 'uploads', 'photo'), 'utf8'), 'a photo')
  })
  test('goes nowhere without a repository to go to', async () => {
    const plain = await createProject(cleanup)
    await plain.write('v1')
    assert.equal((await host.muelle('up', plain.directory)).exitCode, 0)
    const { exitCode, stderr } = await host.muelle('update', plain.name)
    assert.equal(exitCode, 60, stderr)
  })
})
