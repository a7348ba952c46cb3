import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { generate } from 'selfsigned'
import { appSchema, type UpdateSettings } from '../../src/app/schema.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { createVault } from '../../src/secrets/vault.ts'
import { havePublicKey } from '../../src/source/keys.ts'
import { trustHost } from '../../src/source/known-hosts.ts'
import { createSources } from '../../src/source/sources.ts'
import { type Cleanup, suiteCleanup } from '../support/host.ts'
import { createRepository, type Repository } from '../support/repository.ts'
import { startSshServer } from '../support/ssh-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const { signal } = new AbortController()

/** An installation, and the app `shop` in it. */
function installation(t: Cleanup, repo: string, settings: Partial<UpdateSettings> = {}) {
  const home = temporaryFolder(t)
  const vault = createVault(home)
  const sources = createSources(home, vault)
  const folder = sources.folderOf('shop')
  return { home, vault, folder, mirror: sources.open('shop', { repo, branch: 'main', ...settings }) }
}

describe('the repository of an app', () => {
  const cleanup = suiteCleanup()
  let repository: Repository
  let first: string

  before(async () => {
    repository = await createRepository(cleanup)
    first = await repository.push({ 'app.py': 'one', 'docs/a.md': 'a' })
  })

  test('is fetched, and what a commit has is in a folder and nothing else', async () => {
    const { home, mirror } = installation(cleanup, repository.path)
    await mirror.fetch(signal)
    assert.equal(await mirror.commit(), first)
    const folder = join(home, 'checkout')
    await mkdir(folder)
    await mirror.checkOut(first, folder)
    assert.deepEqual(readdirSync(folder).sort(), ['app.py', 'docs'])
    assert.equal(readFileSync(join(folder, 'app.py'), 'utf8'), 'one')
    assert.deepEqual([...(await mirror.trackedFiles(first))], ['app.py', 'docs/a.md'])
  })
  test('is followed when its history was rewritten', async () => {
    const { mirror } = installation(cleanup, repository.path)
    await repository.push({ 'app.py': 'two' })
    await mirror.fetch(signal)
    const abandoned = await mirror.commit()
    await repository.git('reset', '--quiet', '--hard', first)
    await repository.git('commit', '--quiet', '--allow-empty', '-m', 'Another way')
    await repository.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main')
    await mirror.fetch(signal)
    assert.equal(await mirror.commit(), await repository.git('rev-parse', 'HEAD'))
    await assert.rejects(mirror.commit(abandoned), { code: 'COMMIT_UNKNOWN' })
    assert.equal(await mirror.commit(first.slice(0, 8)), first)
  })
  test('tells what changed between two commits', async () => {
    const { mirror } = installation(cleanup, repository.path)
    const to = await repository.push({ 'docs/b.md': 'b' }, { message: 'More docs' })
    await mirror.fetch(signal)
    const changes = await mirror.changes(first, to)
    assert.deepEqual(changes?.files, ['docs/b.md'])
    assert.match(changes?.subjects[0] ?? '', /^\w{7,} More docs$/)
    assert.equal(await mirror.changes('0123456789ab', to), undefined)
  })
  test('that lost the branch says so, and one that is not there says otherwise', async () => {
    await repository.git('push', '--quiet', 'origin', 'HEAD:refs/heads/short-lived')
    const { mirror } = installation(cleanup, repository.path, { branch: 'short-lived' })
    await mirror.fetch(signal)
    await repository.git('push', '--quiet', 'origin', '--delete', 'short-lived')
    await assert.rejects(mirror.fetch(signal), { code: 'BRANCH_MISSING', message: /short-lived/ })
    const nowhere = installation(cleanup, `${repository.path}-gone`).mirror
    await assert.rejects(nowhere.fetch(signal), { code: 'SOURCE_UNREACHABLE' })
  })
  test('has no branch and no commit that does anything', async () => {
    const planted = join(temporaryFolder(cleanup), 'planted')
    const program = `touch ${planted}`
    const names = [
      `--upload-pack=${program}`,
      `main;${program}`,
      `$(${program})`,
      `\`${program}\``,
      '-x',
      'a b',
    ]
    for (const name of names) {
      const { mirror } = installation(cleanup, repository.path, { branch: name })
      await assert.rejects(mirror.fetch(signal), { name: 'MuelleError' }, name)
      const other = installation(cleanup, repository.path).mirror
      await other.fetch(signal)
      await assert.rejects(other.commit(name), { code: 'COMMIT_UNKNOWN' }, name)
      assert.equal(appSchema.safeParse({ update: { repo: '/srv/shop.git', branch: name } }).success, false)
    }
    for (const repo of [`ext::${program}`, `--upload-pack=${program}`]) {
      await assert.rejects(installation(cleanup, repo).mirror.fetch(signal), { name: 'MuelleError' }, repo)
      assert.equal(appSchema.safeParse({ update: { repo } }).success, false)
    }
    assert.equal(existsSync(planted), false)
  })
})

describe('a repository behind SSH', () => {
  const cleanup = suiteCleanup()

  test('opens to the deploy key of the app, on a host that somebody has made known', async () => {
    const repository = await createRepository(cleanup)
    const commit = await repository.push({ 'app.py': 'one' })
    const server = await startSshServer(cleanup, { folder: repository.path })
    const repo = `ssh://root@127.0.0.1:${server.port}${repository.path}`
    const { folder, mirror } = installation(cleanup, repo)
    await server.authorize(await havePublicKey(folder.key, 'muelle shop'))
    await assert.rejects(mirror.fetch(signal), { code: 'SOURCE_UNREACHABLE', hint: /source trust shop/ })
    await trustHost(folder.knownHosts, { host: '127.0.0.1', port: server.port }, [server.knownHost])
    await mirror.fetch(signal)
    assert.equal(await mirror.commit(), commit)
    const stranger = installation(cleanup, repo)
    await havePublicKey(stranger.folder.key, 'muelle other')
    await trustHost(stranger.folder.knownHosts, { host: '127.0.0.1', port: server.port }, [server.knownHost])
    await assert.rejects(stranger.mirror.fetch(signal), { hint: /source key shop/ })
  })
})

describe('a repository behind https', () => {
  const cleanup = suiteCleanup()
  const token = 'planted-token-4711'

  test('opens with the token, which no process list, file or message has', async () => {
    const repository = await createRepository(cleanup)
    const commit = await repository.push({ 'app.py': 'one' })
    const seen = new Set<string>()
    const { port, certificate } = await serveGit(cleanup, { repository, token, onRequest: () => look(seen) })
    const { folder, home, mirror, vault } = installation(cleanup, `https://localhost:${port}/shop.git`)
    process.env['GIT_SSL_CAINFO'] = join(home, 'authority.pem')
    await writeFile(process.env['GIT_SSL_CAINFO'], certificate)
    await assert.rejects(mirror.fetch(signal), { code: 'SOURCE_UNREACHABLE', hint: /GIT_TOKEN/ })
    await vault.set('shop', new Map([['GIT_TOKEN', new Secret('wrong-token')]]))
    await assert.rejects(mirror.fetch(signal), { code: 'SOURCE_UNREACHABLE', hint: /GIT_TOKEN/ })
    await vault.set('shop', new Map([['GIT_TOKEN', new Secret(token)]]))
    await mirror.fetch(signal)
    assert.equal(await mirror.commit(), commit)
    assert.ok([...seen].some((line) => line.includes('shop.git')))
    for (const line of seen) assert.ok(!line.includes(token), line)
    assert.ok(!readFileSync(join(folder.mirror, 'config'), 'utf8').includes(token))
    delete process.env['GIT_SSL_CAINFO']
  })
})

/** The arguments of every process of this machine. */
function look(seen: Set<string>): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Git's own server behind https, for whoever has the token. */
async function serveGit(
  t: Cleanup,
  { repository, token, onRequest }: { repository: Repository; token: string; onRequest: () => void },
) {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  })
  const allowed = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  const server = createServer({ key: pems.private, cert: pems.cert }, (request, response) => {
    onRequest()
    if (request.headers.authorization !== allowed) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="shop"' }).end()
      return
    }
    const url = new URL(request.url ?? '/', 'https://localhost')
    const child = spawn('git', ['http-backend'], {
      env: {
        ...process.env,
        GIT_PROJECT_ROOT: join(repository.path, '..'),
        GIT_HTTP_EXPORT_ALL: '1',
        REQUEST_METHOD: request.method,
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      },
    })
    request.pipe(child.stdin)
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.on('close', () => {
      const output = Buffer.concat(parts)
      const end = output.indexOf('\r\n\r\n')
      for (const line of output.subarray(0, end).toString().split('\r\n')) {
        const [name = '', value = ''] = line.split(': ')
        if (name !== 'Status') response.setHeader(name, value)
      }
      response.end(output.subarray(end + 4))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => server.close(() => resolve())))
  return { port: (server.address() as AddressInfo).port, certificate: pems.cert }
}
