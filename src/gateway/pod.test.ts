import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { labels } from '../release/names.ts'
import { type FileMount, holderArguments, nginxArguments, nginxFingerprint, type Pod } from './pod.ts'

const pod: Pod = {
  instance: 'muelle',
  name: 'gateway',
  folder: '/var/lib/muelle/gateway/gateway',
  image: 'nginx:1.30',
  publish: [
    { hostIp: '0.0.0.0', hostPort: 80, containerPort: 80 },
    { hostIp: '127.0.0.1', hostPort: 8443, containerPort: 443 },
  ],
}
const mounts: FileMount[] = [{ app: 'shop', folder: 'static', source: 'shop_static' }]

/** The values of an option that may be given several times. */
function valuesOf(argv: readonly string[], option: string): string[] {
  return argv.flatMap((word, index) => (word === option ? [argv[index + 1] ?? ''] : []))
}

describe('the holder', () => {
  const argv = holderArguments(pod)

  test('publishes the ports and owns the network', () => {
    assert.deepEqual(valuesOf(argv, '--publish'), ['0.0.0.0:80:80', '127.0.0.1:8443:443'])
    assert.deepEqual(valuesOf(argv, '--network'), ['muelle-gateway'])
  })
  test('publishes on an IPv6 address', () => {
    const publish = [{ hostIp: '::1', hostPort: 8000, containerPort: 80 as const }]
    assert.deepEqual(valuesOf(holderArguments({ ...pod, publish }), '--publish'), ['[::1]:8000:80'])
  })
  test('hands waiting connections from one nginx to the next', () => {
    assert.deepEqual(valuesOf(argv, '--sysctl'), ['net.ipv4.tcp_migrate_req=1'])
  })
  test('says that it was started, and sleeps', () => {
    assert.deepEqual(valuesOf(argv, '--volume'), [
      '/var/lib/muelle/gateway/gateway/holder:/run/muelle/holder',
    ])
    assert.match(argv.at(-1) ?? '', / >\/run\/muelle\/holder\/started; exec sleep infinity$/)
  })
  test('is labelled as part of its pod and installation', () => {
    const own = valuesOf(argv, '--label')
    for (const label of [`${labels.instance}=muelle`, `${labels.pod}=gateway`, `${labels.role}=holder`]) {
      assert.ok(own.includes(label), label)
    }
  })
})

describe('an nginx container', () => {
  const argv = nginxArguments(pod, mounts)

  test('lives in the network of the holder and publishes nothing itself', () => {
    assert.deepEqual(valuesOf(argv, '--network'), ['container:muelle-gateway'])
    assert.deepEqual(valuesOf(argv, '--publish'), [])
  })
  test('can change its own sockets, but neither its configuration nor the files that it serves', () => {
    assert.deepEqual(valuesOf(argv, '--volume'), [
      `/var/lib/muelle/gateway/gateway/run/${nginxFingerprint(pod, mounts)}:/run/muelle/own`,
      '/var/lib/muelle/gateway/gateway/run:/run/muelle/all:ro',
      '/var/lib/muelle/gateway/gateway:/etc/muelle:ro',
      'shop_static:/srv/muelle/shop/static:ro',
    ])
  })
  test('starts although a killed one left its sockets', () => {
    assert.match(argv.at(-1) ?? '', /& rm -f \/run\/muelle\/own\/\*\.sock && exec nginx /)
  })
  test('reads its certificates again when one was renewed, whoever did that', () => {
    assert.match(argv.at(-1) ?? '', /cat \/etc\/muelle\/tls\/renewed [\s\S]+ kill -HUP 1\n/)
  })
  test('ends when the holder was restarted, so that Docker starts it in the new network, whatever signals it got', () => {
    assert.match(argv.at(-1) ?? '', /cat \/etc\/muelle\/holder\/started [\s\S]+ kill -TERM 1\n/)
    assert.deepEqual(valuesOf(argv, '--restart'), ['always'])
  })
  test('finishes its requests when it is stopped', () => {
    assert.deepEqual(valuesOf(argv, '--stop-signal'), ['SIGQUIT'])
  })
  test('bounds its log', () => {
    assert.ok(valuesOf(argv, '--log-opt').includes('max-size=10m'))
  })
  test('carries its fingerprint, so that it is found again', () => {
    const fingerprint = nginxFingerprint(pod, mounts)
    assert.deepEqual(valuesOf(argv, '--name'), [`muelle-gateway-nginx-${fingerprint}`])
    assert.ok(valuesOf(argv, '--label').includes(`${labels.service}=${fingerprint}`))
  })
})

describe('the fingerprint', () => {
  test('stays while nothing changes', () => {
    assert.equal(
      nginxFingerprint(pod, mounts),
      nginxFingerprint(structuredClone(pod), structuredClone(mounts)),
    )
  })
  test('changes with the image and with the mounts', () => {
    const before = nginxFingerprint(pod, mounts)
    assert.notEqual(nginxFingerprint({ ...pod, image: 'nginx:1.31' }, mounts), before)
    assert.notEqual(nginxFingerprint(pod, []), before)
  })
})
