import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { startLoad } from '../../bench/load-process.ts'
import { ensureSelfSigned } from '../../src/gateway/certificates/self-signed.ts'
import { type Authority, startAuthority } from '../support/authority.ts'
import { createHost, docker, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'

/** O9 and W4 of the source documents, with Pebble as the authority: it refuses 9 of 10 nonces. */
describe('a certificate of an authority', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let authority: Authority
  const domains = (): [string, string] => [`${project.name}.test`, `www.${project.name}.test`]

  const muelle = async (...argv: string[]) => {
    const { exitCode, stdout, stderr } = await host.startWith(authority.env, ...argv)
    return { exitCode, stdout, stderr }
  }
  const write = (version: string, names: readonly string[]) =>
    project.write(version, (file) => {
      file['x-muelle'] = { domains: names, tls: { email: 'ops@muelle.test' }, deploy_timeout: '20s' }
    })
  const served = (name: string) => certificateServed(host.ports.https, name)

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    authority = await startAuthority(cleanup, host)
  })

  test('that is refused takes nothing back: the release is live, and says what is missing and what to do', async () => {
    await write('v1', [domains()[0]])
    const run = await muelle('up', project.directory)
    assert.equal(run.exitCode, 0, run.stderr)
    assert.match(run.stderr, /There is no certificate that browsers trust yet: .*(?:dial|lookup).*leads to/)
    assert.match(run.stderr, new RegExp(`muelle certificates --renew --app ${project.name}`))
    assert.match(run.stdout, /self-signed/)
    const { issuer, subject } = await served(domains()[0])
    assert.deepEqual(issuer, subject)
  })

  test('is there once the name leads here [O9, W4]', async () => {
    await authority.letNamesLead()
    const run = await muelle('certificates', '--renew', '--app', project.name)
    assert.equal(run.exitCode, 0, run.stderr)
    assert.match(run.stdout, new RegExp(`${project.name} +${domains()[0]} +Pebble`))
    await until(async () => JSON.stringify((await served(domains()[0])).issuer).includes('Pebble'))
    const status = await muelle('status', '--app', project.name)
    assert.match(status.stdout, /certificate: Pebble.*, until \d{4}-/)
  })

  test('stays what it is when the app is deployed again', async () => {
    const { serial } = await served(domains()[0])
    await write('v2', [domains()[0]])
    const run = await muelle('up', project.directory)
    assert.equal(run.exitCode, 0, run.stderr)
    assert.doesNotMatch(run.stdout, /self-signed/)
    assert.equal((await served(domains()[0])).serial, serial)
  })

  test('is renewed under load without Muelle, and without a lost request [O9, W4]', async () => {
    const { serial } = await served(domains()[0])
    const target = { port: host.ports.https, host: domains()[0], tls: true }
    const options = ['--rate', '50', '--connections', '8', '--fresh', '0.3', '--post', '0', '--pages-only']
    using running = startLoad(target, join(project.directory, 'load'), options)
    await sleep(1000)
    const certbot = `${host.instance}-gateway-certbot`
    const program = '/etc/letsencrypt/muelle/patient_certbot.py'
    const renewal = await docker(
      'exec',
      certbot,
      'python3',
      program,
      'renew',
      '--force-renewal',
      '--no-random-sleep-on-renew',
    )
    assert.match(renewal, /all renewals succeeded/)
    await until(async () => (await served(domains()[0])).serial !== serial)
    await sleep(2000)
    const { report } = await running.stop()
    assert.ok(report.sent > 100)
    assert.equal(report.lost, 0, JSON.stringify(report.losses))
  })

  test('of more names is asked for when the file has more', async () => {
    await write('v3', domains())
    const run = await muelle('up', project.directory, '--json')
    assert.equal(run.exitCode, 0, run.stderr)
    const { certificate } = JSON.parse(run.stdout) as {
      certificate: { names: string[]; isSelfSigned: boolean }
    }
    assert.deepEqual(certificate.names.toSorted(), domains().toSorted())
    await until(async () => JSON.stringify((await served(domains()[1])).issuer).includes('Pebble'))
  })

  test('is gone with the app', async () => {
    const run = await muelle('down', project.name)
    assert.equal(run.exitCode, 0, run.stderr)
    assert.equal(await docker('ps', '--all', '--quiet', '--filter', `name=${host.instance}-gateway`), '')
  })
})

test('certificate files of the project are served, and wrong ones refused before anything is touched', async (t) => {
  const host = await createHost(t)
  const project = await createProject(t)
  const write = (version: string) =>
    project.write(version, (file) => {
      const tls = { certificate: 'tls/cert.pem', key: 'tls/key.pem' }
      file['x-muelle'] = { domains: [project.domain], tls, deploy_timeout: '20s' }
    })
  const missing = await write('v1').then(() => host.muelle('up', project.directory))
  assert.equal(missing.exitCode, 15, missing.stderr)

  await ensureSelfSigned(join(project.directory, 'tls', 'key.pem'), [project.domain])
  const pem = await readFile(join(project.directory, 'tls', 'key.pem'), 'utf8')
  await project.writeFile('tls/cert.pem', pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')))
  const run = await host.muelle('up', project.directory)
  assert.equal(run.exitCode, 0, run.stderr)
  const { subject } = await certificateServed(host.ports.https, project.domain)
  assert.equal(subject.CN, project.domain)
})

async function certificateServed(port: number, servername: string) {
  const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  try {
    await new Promise((resolve, reject) => socket.on('secureConnect', resolve).on('error', reject))
    const { serialNumber, issuer, subject } = socket.getPeerCertificate()
    return { serial: serialNumber, issuer, subject }
  } finally {
    socket.destroy()
  }
}

async function until(observe: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await observe()) return
    await sleep(200)
  }
  assert.fail('it did not happen within 20 s')
}
