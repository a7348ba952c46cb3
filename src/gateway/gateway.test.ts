import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { dockerFailure, fakeContainer, fakeEngine, type Tell } from '../../test/support/fake-ports.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { createGateway } from './gateway.ts'
import type { Presence } from './presence.ts'

const shop: Presence = {
  site: { app: 'shop', domains: ['shop.example.com'], tls: undefined, files: [], probeToken: 'secret' },
  arms: [{ app: 'shop', release: 1, servers: ['shop-r1-web-1'], port: 8000, probeToken: 'secret' }],
  mounts: [],
}
const named = (app: string, domains: readonly string[]): Presence => ({
  ...shop,
  site: { ...shop.site, app, domains },
  arms: [],
})

/** A gateway in a folder of its own, whose nginx and holder run; `complaint` is what `nginx -t` says. */
async function world(t: TestContext, { complaint, onCall }: { complaint?: string; onCall?: Tell } = {}) {
  const calls: string[] = []
  const running = new Set(['holder', 'nginx'])
  const reloads = () => calls.filter((call) => call.startsWith('engine signal')).length
  const engine = fakeEngine(
    {
      containers: async ({ role = '' }) =>
        [...running]
          .filter((id) => id.startsWith(role))
          .map((id) => fakeContainer({ id, role: id, release: undefined })),
      processes: async () => [{ pid: reloads(), title: 'nginx: worker process' }],
      exec: async (id, argv) => {
        if (running.size === 0) throw dockerFailure(`No such container: ${id}`)
        return { exitCode: argv.includes('-t') && complaint ? 1 : 0, output: complaint ?? '' }
      },
    },
    (call) => {
      calls.push(call)
      onCall?.(call)
    },
  )
  const ports = { http: 80, https: 443 }
  const gateway = createGateway({
    engine,
    folder: temporaryFolder(t),
    instance: 'muelle',
    image: 'nginx:1.30',
    ports,
  })
  const pod = gateway.podFor({ kind: 'domains', domains: ['shop.example.com'], tls: 'off' })
  await gateway.ensure(pod, 'shop', [])
  return {
    gateway,
    pod,
    calls,
    reloads,
    running,
  }
}

test('an app with domains, or on the http port, shares the gateway; one on another port has its own pod', async (t) => {
  const { gateway } = await world(t)
  const onPort = (port: number) => gateway.podFor({ kind: 'port', port, hostIp: '0.0.0.0' })
  assert.equal(gateway.podFor({ kind: 'domains', domains: ['a.example.com'], tls: 'off' }).name, 'gateway')
  assert.equal(onPort(80).name, 'gateway')
  assert.equal(onPort(8000).name, 'port-8000')
})

test('an app that publishes its port on one address only is not opened to the others', async (t) => {
  const { gateway } = await world(t)
  for (const port of [80, 8000]) {
    const { publish } = gateway.podFor({ kind: 'port', port, hostIp: '127.0.0.1' })
    assert.deepEqual(publish, [{ hostIp: '127.0.0.1', hostPort: port, containerPort: 80 }])
  }
})

test('staging reloads nginx once, and not again for the same presence', async (t) => {
  const { gateway, pod, reloads } = await world(t)
  await gateway.stage(pod, shop)
  await gateway.stage(pod, shop)
  assert.equal(reloads(), 1)
})

test('a reload that failed is made up for, although the configuration is the same', async (t) => {
  let fails = true
  const { gateway, pod, reloads } = await world(t, {
    onCall: (call) => {
      if (call.startsWith('engine signal') && fails) throw dockerFailure()
    },
  })
  await assert.rejects(gateway.stage(pod, shop), { code: 'DOCKER_COMMAND_FAILED' })
  fails = false
  await gateway.stage(pod, shop)
  assert.equal(reloads(), 2)
})

test('a switch moves the live release without a reload, there and back', async (t) => {
  const { gateway, pod, reloads } = await world(t)
  assert.equal(await gateway.live(pod, 'shop'), undefined)
  await gateway.flip(pod, 'shop', 12)
  assert.equal(await gateway.live(pod, 'shop'), 12)
  await gateway.flip(pod, 'shop', 11)
  assert.equal(await gateway.live(pod, 'shop'), 11)
  assert.equal(reloads(), 0)
})

test('a domain that another app has is refused, and nothing is installed', async (t) => {
  const { gateway, pod, reloads } = await world(t)
  await gateway.stage(pod, shop)
  await assert.rejects(gateway.stage(pod, named('blog', ['blog.example.com', 'shop.example.com'])), {
    code: 'DOMAIN_TAKEN',
    message: 'The app shop already answers to shop.example.com.',
  })
  assert.equal(reloads(), 1)
})

test('a domain that another app has can be refused before there is anything to install', async (t) => {
  const { gateway, pod } = await world(t)
  await gateway.stage(pod, shop)
  const domains = ['shop.example.com']
  await gateway.refuseTaken(pod, { app: 'shop', domains })
  await gateway.refuseTaken(pod, { app: 'blog', domains: ['blog.example.com'] })
  await assert.rejects(gateway.refuseTaken(pod, { app: 'blog', domains }), { code: 'DOMAIN_TAKEN' })
})

test('only one app can answer to any host name', async (t) => {
  const { gateway, pod } = await world(t)
  await gateway.stage(pod, named('shop', []))
  await assert.rejects(gateway.stage(pod, named('blog', [])), { code: 'DOMAIN_TAKEN' })
  await gateway.stage(pod, named('shop', []))
})

test('a configuration that nginx refuses is neither loaded nor remembered', async (t) => {
  const { gateway, pod, reloads } = await world(t, { complaint: 'nginx: [emerg] unexpected "}"' })
  await assert.rejects(gateway.stage(pod, shop), { code: 'GATEWAY_CONFIG_INVALID' })
  assert.equal(reloads(), 0)
  await assert.rejects(readFile(join(pod.folder, 'apps', 'shop.json')), { code: 'ENOENT' })
})

test('removing an app leaves the others served; removing the last one removes the pod', async (t) => {
  const { gateway, pod, calls } = await world(t)
  await gateway.stage(pod, shop)
  await gateway.stage(pod, named('blog', ['blog.example.com']))
  await gateway.remove(pod, 'shop')
  assert.ok(calls.includes('engine disconnect shop_edge muelle-gateway'))
  assert.ok(!calls.some((call) => call.startsWith('engine removeNetwork')))
  await gateway.remove(pod, 'blog')
  assert.ok(calls.includes('engine removeNetwork muelle-gateway'))
})

test('nothing is connected where there is no gateway yet', async (t) => {
  const { gateway, pod, running } = await world(t)
  running.clear()
  assert.equal(await gateway.openConnections(pod, ['172.18.0.3:8000']), 0)
})
