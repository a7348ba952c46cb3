import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import { readFirewall, readJails } from '../../src/server/firewall.ts'
import { until } from '../support/backup.ts'
import { filesOfGuide } from '../support/guide.ts'
import { haveImage } from '../support/have-image.ts'
import { createHost, docker, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const image = 'muelle/fail2ban:1'
const fileOf = async (path: string): Promise<string> => {
  const found = (await filesOfGuide('server.md'))[path]
  assert.ok(found !== undefined, `${path} is in the guide`)
  return found
}

/** Answers on a port with its number. */
const server = (...ports: number[]) => `
import http.server, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.server.server_port).encode())
servers = [http.server.ThreadingHTTPServer(('', port), Handler) for port in ${JSON.stringify(ports)}]
threads = [threading.Thread(target=server.serve_forever) for server in servers]
[thread.start() for thread in threads]
`

describe('the firewall of the guide', () => {
  const cleanup = suiteCleanup()
  const [machine, visitor] = ['machine', 'visitor'].map((name) => `muelle-test-${name}-${process.pid}`) as [
    string,
    string,
  ]
  const ask = (port: number) => {
    const curl = ['curl', '--silent', '--max-time', '2', `http://${machine}:${port}/`]
    return docker('exec', visitor, ...curl)
  }
  const nft = async (text: string): Promise<void> => {
    const argv = ['exec', '--interactive', machine, 'nft', '--file', '-']
    const { exitCode, stderr } = await execa('docker', argv, { input: text, reject: false })
    assert.equal(exitCode, 0, stderr)
  }

  const firewall = async () => readFirewall(await docker('exec', machine, 'nft', '--json', 'list', 'ruleset'))

  before(async () => {
    await haveImage(image)
    const folder = temporaryFolder(cleanup)
    await writeFile(join(folder, 'server.py'), server(80, 5432))
    await docker('network', 'create', machine)
    cleanup.after(async () => {
      await docker('rm', '--force', machine, visitor)
      await docker('network', 'rm', machine)
    })
    const common = ['run', '--detach', '--network', machine]
    await docker(
      ...[...common, '--name', machine, '--cap-add', 'NET_ADMIN', '--volume', `${folder}:/srv:ro`],
      ...[image, 'python3', '/srv/server.py'],
    )
    await docker(...common, '--name', visitor, image, 'sleep', '600')
    // As Docker publishes a port: it becomes another one before any rule at input sees it.
    await nft(
      'table ip docker { chain published { type nat hook prerouting priority dstnat; tcp dport 9000 redirect to :5432; }; }',
    )
    await until(async () => (await ask(80)) === '80')
  })

  test('at input would let a published port through', async () => {
    await nft(
      'table inet usual { chain in { type filter hook input priority 0; policy accept; tcp dport 9000 drop; }; }',
    )
    assert.equal(await ask(9000), '5432')
    assert.equal((await firewall()).state, 'none', 'it drops one port only')
    await nft('delete table inet usual')
  })

  test('before Docker lets nobody in but to SSH and the gateway, also when it is loaded twice [W7]', async () => {
    for (const _ of [1, 2]) await nft(await fileOf('/etc/nftables.conf'))
    assert.equal(await ask(80), '80')
    assert.equal(await ask(5432), '')
    assert.equal(await ask(9000), '')
    const { exitCode } = await execa('docker', ['exec', machine, 'curl', '-sf', `http://127.0.0.1:5432/`])
    assert.equal(exitCode, 0, 'the machine reaches itself')
    const out = await docker('exec', machine, 'curl', '-s', '--max-time', '2', `http://${visitor}:80/`)
    assert.equal(out, '', 'nothing listens there')
    assert.match(await docker('exec', machine, 'getent', 'hosts', visitor), /\d/)
    assert.deepEqual(await firewall(), { state: 'before-docker', table: 'inet server' })
  })
})

describe('fail2ban as the guide has it', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let folder: string
  let guard: string

  /** As many requests as fast as curl makes them, from a container with an address of its own. */
  const visitor = async (): Promise<{
    ask: (count: number, ...more: string[]) => Promise<string>
    name: string
  }> => {
    const name = `muelle-test-visitor-${process.pid}-${Math.random().toString(36).slice(2, 8)}`
    const network = `${host.instance}-gateway`
    await docker('run', '--detach', '--name', name, '--network', network, image, 'sleep', '600')
    cleanup.after(async () => void (await docker('rm', '--force', name)))
    const ask = (count: number, ...more: string[]) =>
      docker(
        ...['exec', name, 'curl', '--silent', '--output', '/dev/null', '--max-time', '3', ...more],
        ...['--write-out', '%{http_code}\\n', '--header', `Host: ${project.domain}`],
        `http://${network}/admin/login/?[1-${count}]`,
      )
    return { ask, name }
  }
  const addressOf = (name: string) =>
    docker('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', name)
  const banned = async (): Promise<string> =>
    docker('exec', guard, 'fail2ban-client', 'get', 'muelle', 'banip')

  before(async () => {
    await haveImage(image)
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await project.write('v1', (file) => {
      const paths = { '/admin/login/': { rate: '60r/m', burst: 5 } }
      file['x-muelle'] = { ...file['x-muelle'], paths }
    })
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    folder = temporaryFolder(cleanup)
    guard = `muelle-test-guard-${process.pid}`
  })

  test('the log of the gateway is a file, also of the nginx that comes next', async () => {
    const script = join(folder, 'muelle-access-log')
    const text = await fileOf('/usr/local/sbin/muelle-access-log')
    // Other gateways of this machine are none of this test's business.
    await writeFile(
      script,
      text.replace('label=org.muelle.role=nginx', `label=org.muelle.instance=${host.instance}`),
    )
    await chmod(script, 0o755)
    await mkdir(join(folder, 'log'))
    const log = join(folder, 'log', 'access.log')
    const running = execa(script, { stdout: { file: log }, stderr: 'ignore', reject: false, detached: true })
    cleanup.after(async () => {
      if (running.pid !== undefined) process.kill(-running.pid, 'SIGKILL')
      await running
    })
    const has = (path: string) => async () => {
      await host.get(project.domain, path)
      return (await readFile(log, 'utf8')).includes(`"uri":"${path}"`)
    }
    await until(has('/first'))
    // New mounts have the gateway's nginx replaced.
    await project.write('v2', (file) => {
      const paths = { '/admin/login/': { rate: '60r/m', burst: 5 } }
      file.services['web'] = { ...file.services['web'], volumes: ['files:/files'] }
      file['volumes'] = { files: {} }
      file['x-muelle'] = { ...file['x-muelle'], paths, static: { '/static/': 'files' } }
    })
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    await until(has('/second'))
  })

  test('its filter counts refused tries, and nothing that a visitor can make up', async () => {
    const line = (client: string, method: string, status: number, uri = '/') =>
      `{"time":"2026-11-24T20:15:00+00:00","app":"shop","release":"3","client":"${client}","method":"${method}","host":"shop.example.com","uri":"${uri}","status":${status},"bytes":1,"duration":0.1,"upstream":"","upstreamDuration":"","userAgent":"x"}`
    const injected = String.raw`/\"},{\"client\":\"10.9.9.9\",\"method\":\"POST\",\"status\":429,`
    const lines = [
      line('10.0.0.1', 'GET', 429),
      line('10.0.0.2', 'POST', 401),
      line('2001:db8::3', 'POST', 403),
      line('10.0.0.4', 'GET', 200),
      line('10.0.0.5', 'GET', 401),
      line('10.0.0.6', 'POST', 200, injected),
      line('10.0.0.7', 'POST', 500),
    ]
    await writeFile(join(folder, 'lines'), `${lines.join('\n')}\n`)
    await writeFile(join(folder, 'muelle.conf'), await fileOf('/etc/fail2ban/filter.d/muelle.conf'))
    const told = await docker(
      ...['run', '--rm', '--volume', `${folder}:/test:ro`, image],
      ...['fail2ban-regex', '--out', 'ip', '/test/lines', '/test/muelle.conf'],
    )
    assert.deepEqual(told.split('\n').filter(Boolean), ['10.0.0.1', '10.0.0.2', '2001:db8::3'])
  })

  test('who does not stop is shut out, and the others are not [W7]', async () => {
    const jail = (await fileOf('/etc/fail2ban/jail.d/muelle.conf')).split('[sshd]')[0] ?? ''
    await writeFile(join(folder, 'jail.conf'), jail)
    const started = await docker(
      ...['run', '--detach', '--name', guard, '--cap-add', 'NET_ADMIN'],
      ...['--network', `container:${host.instance}-gateway`],
      ...['--volume', `${folder}/log:/var/log/muelle:ro`],
      ...['--volume', `${folder}/muelle.conf:/etc/fail2ban/filter.d/muelle.conf:ro`],
      ...['--volume', `${folder}/jail.conf:/etc/fail2ban/jail.d/muelle.conf:ro`, image],
    )
    assert.notEqual(started, '')
    cleanup.after(async () => void (await docker('rm', '--force', guard)))
    await until(async () => (await docker('exec', guard, 'fail2ban-client', 'ping')).includes('pong'))
    const [bad, good] = [await visitor(), await visitor()]
    assert.match(await bad.ask(40), /^(?:\d+\n)+429/)
    const address = await addressOf(bad.name)
    await until(async () => (await banned()).includes(address))
    assert.match(await bad.ask(1), /^000/)
    assert.match(await good.ask(1), /^200/)
    const rules = await docker('exec', guard, 'nft', 'list', 'table', 'inet', 'f2b-muelle')
    assert.match(rules, /hook prerouting priority (?:-160|mangle - 10);/)
    assert.deepEqual(readJails(await docker('exec', guard, 'fail2ban-client', 'status')), ['muelle'])
    await docker('exec', guard, 'fail2ban-client', 'unban', address)
    await until(async () => (await bad.ask(1)).startsWith('200'))
  })
})
