import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shop } from '../../../test/support/app.ts'
import { headersOf, rulesOf } from './from-app.ts'
import { renderMain } from './main.ts'
import type { Arm, PathRule, Site } from './model.ts'
import { renderApp } from './site.ts'

const rules: readonly PathRule[] = [
  { path: '/api/', rate: { perSecond: 10, burst: 20 }, timeoutSeconds: 30 },
  { path: '/report/', timeoutSeconds: 300, bodyBytes: 1024 },
  { path: '/static/', cacheSeconds: 60 },
  { path: '/health/', isQuiet: true },
]
const site: Site = {
  app: 'shop',
  domains: ['shop.example.com'],
  tls: undefined,
  files: [{ urlPath: '/static/', folder: 'static' }],
  probeToken: 'secret',
  rules,
}
const arm: Arm = { app: 'shop', release: 1, servers: ['web-1'], port: 8000, probeToken: 'secret', rules }

/** The bodies of all locations of a path. */
function locations(text: string, path: string): string[] {
  return [...text.matchAll(new RegExp(`^ {2}location ${path} \\{\\n([^}]*)`, 'gm'))].map(
    ([, body = '']) => body,
  )
}

describe('a rule of a path', () => {
  const text = renderApp(site, [arm])

  test('limits each client by address, and probes never', () => {
    assert.match(
      text,
      /map \$http_x_muelle_probe \$client_of_shop \{\n {2}default \$binary_remote_addr;\n {2}"~\^secret" '';/,
    )
    assert.match(text, /^limit_req_zone \$client_of_shop zone=shop-\S+:10m rate=10r\/s;$/m)
    assert.match(locations(text, '/api/').join(), /limit_req zone=shop-\S+ burst=20 nodelay;/)
    assert.match(renderMain([site]), /limit_req_status 429;/)
  })
  test('counts by the minute where a second is too short', () => {
    const slow = renderApp({ ...site, rules: [{ path: '/', rate: { perSecond: 0.5, burst: 0 } }] }, [])
    assert.match(slow, /rate=30r\/m;/)
    assert.match(slow, /limit_req zone=\S+;/)
  })
  test('ends the wait of the release before that of the site, so that the release is seen to have failed', () => {
    const [ofArm, ofSite] = locations(text, '/api/').map((body) =>
      Number(/proxy_read_timeout (\d+)s/.exec(body)?.[1]),
    )
    assert.deepEqual([ofArm, ofSite], [30, 35])
  })
  test('keeps workers of an earlier configuration for as long as the longest request', () => {
    assert.match(renderMain([site]), /worker_shutdown_timeout 315s;/)
    assert.match(renderMain([]), /worker_shutdown_timeout 75s;/)
  })
  test('bounds the size of a request', () => {
    assert.match(locations(text, '/report/').join(), /client_max_body_size 1024;/)
  })
  test('of a folder that the gateway serves counts there, and asks no app', () => {
    const [body = '', ...others] = locations(text, '/static/')
    assert.match(body, /alias [\s\S]+Cache-Control "public, max-age=60, immutable"/)
    assert.deepEqual(others, [])
  })
  test('leaves requests out of the log where the release notes them', () => {
    assert.match(locations(text, '/health/')[0] ?? '', /access_log off;/)
  })
})

describe('what an app says', () => {
  test('leaves the health check out of the log, unless the file says otherwise', () => {
    const app = shop()
    const web = { ...app.web, health: { path: '/health/', strict: true } }
    assert.deepEqual(rulesOf({ ...app, web }), [{ path: '/health/', isQuiet: true }])
    const settings = { ...app.settings, paths: { '/health/': { log: true } } }
    assert.deepEqual(rulesOf({ ...app, web, settings }), [{ path: '/health/' }])
  })
  test('is added to the usual headers, and takes them away', () => {
    const settings = { ...shop().settings, headers: { 'X-Frame-Options': '', 'X-Own': 'yes' } }
    const names = Object.keys(headersOf({ ...shop(), settings }))
    assert.deepEqual(names.sort(), ['Referrer-Policy', 'X-Content-Type-Options', 'X-Own'])
  })
  test('tells browsers to come by https only where they trust the certificate', () => {
    const withTls = (tls: { email: string; staging: boolean } | 'self-signed') =>
      headersOf({ ...shop(), entrance: { kind: 'domains', domains: ['shop.example.com'], tls } })
    assert.ok('Strict-Transport-Security' in withTls({ email: 'a@b.co', staging: false }))
    assert.ok(!('Strict-Transport-Security' in withTls({ email: 'a@b.co', staging: true })))
    assert.ok(!('Strict-Transport-Security' in withTls('self-signed')))
  })
})

test('a header is added where the app sends none of that name', () => {
  const text = renderApp({ ...site, headers: { 'X-Frame-Options': 'a "b"' } }, [])
  assert.match(
    text,
    /map \$upstream_http_x_frame_options \$header_x_frame_options_of_shop \{\n {2}default '';\n {2}'' "a \\"b\\"";/,
  )
  assert.match(text, /^ {2}add_header X-Frame-Options \$header_x_frame_options_of_shop always;$/m)
})

test('an authority may ask over http, and everybody else is sent to https', () => {
  const challenged = renderApp({ ...site, tls: { certificate: 'a.pem', key: 'a.pem', challenged: true } }, [])
  assert.match(
    challenged,
    /location \/\.well-known\/acme-challenge\/ \{\n {4}root \/etc\/muelle\/challenges;/,
  )
  assert.doesNotMatch(renderApp({ ...site, tls: { certificate: 'a.pem', key: 'a.pem' } }, []), /acme/)
})
