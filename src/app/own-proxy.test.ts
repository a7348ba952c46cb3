import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readStack } from '../../test/support/stacks.ts'
import { knowsVisitorAddress, proxyConfiguration } from './own-proxy.ts'

const bind = (target: string) => ({ type: 'bind', source: `/srv/shop${target}`, target })

test('the configuration of the Backend-Optimizacion proxy is two mounted files', () => {
  const { nginx } = readStack('backend-optimizacion').services
  assert.ok(nginx)
  assert.deepEqual(
    proxyConfiguration(nginx)?.map((path) => path.split('/').at(-1)),
    ['nginx.prod.conf', 'default.prod.conf'],
  )
})

test('an nginx without mounts has none, and other mounts are none of it', () => {
  assert.deepEqual(proxyConfiguration({ image: 'nginx:alpine' }), [])
  assert.deepEqual(proxyConfiguration({ image: 'nginx', volumes: [bind('/usr/share/nginx/html')] }), [])
})

for (const target of ['/etc/nginx/conf.d', '/etc/nginx/conf.d/', '/etc/nginx', '/etc']) {
  test(`what is mounted over ${target} cannot be added to`, () => {
    assert.equal(proxyConfiguration({ image: 'nginx', volumes: [bind(target)] }), undefined)
  })
}

test('another program is left alone', () => {
  assert.equal(proxyConfiguration({ image: 'caddy:2' }), undefined)
  assert.equal(proxyConfiguration({ image: 'nginx/nginx-prometheus-exporter:1' }), undefined)
})

test('a configuration that names the header itself is known by that', () => {
  assert.ok(knowsVisitorAddress('http {\n  real_ip_header X-Forwarded-For;\n}'))
  assert.ok(!knowsVisitorAddress('# real_ip_header is not set\nproxy_set_header X-Real-IP $remote_addr;'))
})
