import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { renderMain } from './main.ts'
import type { Arm, Site } from './model.ts'
import { renderApp } from './site.ts'

const site: Site = {
  app: 'shop',
  domains: ['shop.example.com', 'www.example.com'],
  tls: { certificate: 'shop.crt', key: 'shop.key' },
  files: [{ urlPath: '/static/', folder: 'static' }],
  probeToken: 'secret',
}
const anyHost: Site = { ...site, app: 'blog', domains: [], tls: undefined }
const arm = (release: number): Arm => ({
  app: 'shop',
  release,
  servers: [`shop-r${release}-web-1`, `shop-r${release}-web-2`],
  port: 8000,
  probeToken: 'secret',
})

/** The bodies of the top-level blocks that begin with `head`, such as `server` or `upstream shop-r1`. */
function blocks(text: string, head: string): string[] {
  return text
    .split(new RegExp(`^${head.replaceAll('$', '\\$')} \\{$`, 'm'))
    .slice(1)
    .map((rest) => rest.slice(0, rest.search(/^\}$/m)))
}

/** The number of seconds that a directive is first set to. */
function secondsOf(text: string, directive: string): number {
  return Number(new RegExp(`^\\s*${directive} (\\d+)s;`, 'm').exec(text)?.[1])
}

describe('the main file', () => {
  test('keeps a reload from closing a connection that is about to be used', () => {
    assert.match(renderMain([site]), /keepalive_min_timeout 10s;/)
  })
  test('refuses host names that no site has, on both ports', () => {
    const main = renderMain([site])
    assert.match(main, /listen 80 default_server reuseport;/)
    assert.match(main, /listen 443 ssl default_server reuseport;/)
    assert.match(main, /ssl_reject_handshake on;/)
    assert.match(main, /return 421 /)
  })
  test('leaves the port 80 to an app that answers to any name', () => {
    const listeners = `${renderMain([anyHost])}${renderApp(anyHost, [])}`.match(/listen 80[^;]*;/g)
    assert.deepEqual(listeners, ['listen 80 default_server reuseport;'])
  })
  test('asks Docker for names again and again, and starts without any of them', () => {
    assert.match(renderMain([]), /resolver 127\.0\.0\.11 /)
  })
  test('lets a request end that an app server may still answer', () => {
    const proxyRead = secondsOf(renderApp(site, [arm(1)]), 'proxy_read_timeout')
    assert.ok(proxyRead <= secondsOf(renderMain([site]), 'worker_shutdown_timeout'))
  })
  test('has room for the variables of an app with a long name, by the reckoning of ngx_hash.h', () => {
    const app = 'the-shop-of-the-museum-of-modern-art-in-the-harbour'
    const headers = { 'Strict-Transport-Security': 'max-age=31536000' }
    const text = renderApp({ ...site, app, headers }, [{ ...arm(12), app }], { release: 12, percent: 10 })
    const names = text.match(/\$\w+/g) ?? []
    const longest = Math.max(...names.map(({ length }) => length - 1))
    const bucket = Number(/variables_hash_bucket_size (\d+);/.exec(renderMain([site]))?.[1])
    // A bucket ends with a pointer; an element is one, a two-byte length and the name, in whole pointers.
    assert.ok(bucket >= 8 + 8 + Math.ceil((2 + longest) / 8) * 8, `${bucket} for a name of ${longest}`)
  })
  test('speaks no TLS older than 1.2', () => {
    assert.match(renderMain([]), /ssl_protocols TLSv1\.2 TLSv1\.3;/)
  })
})

describe('a site', () => {
  const text = renderApp(site, [arm(1), arm(2)])

  test('with TLS redirects http to https and serves its certificate', () => {
    assert.match(text, /return 308 https:\/\/\$host\$request_uri;/)
    const elsewhere = renderApp(
      { ...site, tls: { certificate: 'shop.pem', key: 'shop.pem', port: 8443 } },
      [],
    )
    assert.match(elsewhere, /return 308 https:\/\/\$host:8443\$request_uri;/)
    assert.match(text, /ssl_certificate \/etc\/muelle\/tls\/shop\.crt;/)
    assert.match(text, /ssl_certificate_key \/etc\/muelle\/tls\/shop\.key;/)
    assert.match(text, /http2 on;/)
  })
  test('without TLS redirects nothing', () => {
    const plain = renderApp({ ...site, tls: undefined }, [])
    assert.doesNotMatch(plain, /443|308|ssl/)
    assert.match(plain, /server_name shop\.example\.com www\.example\.com;/)
  })
  test('without domains answers to any name', () => {
    assert.match(renderApp(anyHost, []), /server_name _;/)
  })
  test('goes to the live release by name of its link, so that a switch needs no reload', () => {
    const [map = ''] = blocks(text, 'map $http_x_muelle_probe $arm_of_shop')
    assert.match(map, new RegExp(`default ${'/etc/muelle/live/shop.sock'};`))
    assert.ok(
      blocks(text, 'server').some((server) => server.includes('proxy_pass http://unix:$arm_of_shop:;')),
    )
  })
  test('reaches a release that is not live only with the token', () => {
    const [map = ''] = blocks(text, 'map $http_x_muelle_probe $arm_of_shop')
    assert.match(map, /"~\^secret-r\(\?<probed>\[0-9\]\+\)\$" \/etc\/muelle\/live\/shop-r\$probed\.sock;/)
  })
  test('serves files itself, from a folder that belongs to its app', () => {
    assert.match(text, /location \/static\/ \{\s+alias \/srv\/muelle\/shop\/static\/;/)
  })
  test('tells the app who asks, and believes no visitor about it', () => {
    assert.match(text, /proxy_set_header X-Forwarded-For \$remote_addr;/)
    assert.match(text, /proxy_set_header X-Forwarded-Proto \$scheme;/)
    assert.match(text, /proxy_set_header Host \$http_host;/)
  })
})

describe('an arm', () => {
  const text = renderApp(site, [arm(1), arm(2)])

  test('stands for each release, behind a socket of its own', () => {
    for (const release of [1, 2]) {
      assert.equal(blocks(text, `upstream shop-r${release}`).length, 1)
      assert.ok(text.includes(`listen unix:/run/muelle/own/shop-r${release}.sock `))
    }
  })
  test('names its containers so that a missing one does not keep nginx from starting', () => {
    const [upstream = ''] = blocks(text, 'upstream shop-r2')
    const servers = upstream.match(/^ {2}server .*$/gm)
    assert.deepEqual(servers, [
      '  server shop-r2-web-1:8000 resolve max_fails=0;',
      '  server shop-r2-web-2:8000 resolve max_fails=0;',
    ])
    assert.match(upstream, /^ {2}zone /m)
  })
  test('keeps no idle connection, because Gunicorn closes them first', () => {
    assert.match(blocks(text, 'upstream shop-r1')[0] ?? '', /^ {2}keepalive 0;$/m)
  })
  test('tells its release to who has the token, and to nobody else', () => {
    const [map = ''] = blocks(text, 'map $http_x_muelle_probe $probed_shop_2dr2')
    assert.match(map, /default '';/)
    assert.match(map, /"~\^secret\(-r\[0-9\]\+\)\?\$" 2;/)
    assert.match(text, /add_header X-Muelle-Release \$probed_shop_2dr2 always;/)
    assert.match(text, /add_header X-Muelle-Server \$server_of_shop_2dr2 always;/)
  })
  test('hides the token from the app', () => {
    assert.match(text, /proxy_set_header X-Muelle-Probe '';/)
  })
  test('never sends a POST twice', () => {
    assert.doesNotMatch(text, /non_idempotent/)
  })
  test('does not wait long for a dead container', () => {
    assert.ok(secondsOf(text, 'proxy_connect_timeout') <= 2)
  })
})

test('the file of one app says nothing of another', () => {
  const blog = renderApp(anyHost, [{ ...arm(7), app: 'blog' }])
  assert.doesNotMatch(blog, /shop\.|shop-r7\b(?!-web)/)
})

test('two apps on one nginx share no variable and no log format, however alike their names are', () => {
  const declared = (app: string): string[] => {
    const text = renderApp({ ...site, app }, [{ ...arm(1), app }], { release: 1, percent: 10 })
    return [...text.matchAll(/^(?:map|split_clients) \S+ (\S+) \{|^log_format (\S+)/gm)].map(([line]) => line)
  }
  const all = ['my-shop', 'my_shop', 'myshop', 'my_2dshop', 'combined'].flatMap(declared)
  assert.equal(new Set(all).size, 5 * 10)
  // nginx defines `combined` itself, and refuses a second definition.
  assert.ok(!all.includes('log_format combined'))
})

test('a share of the visitors is drawn by a cookie; probes and the rest are not touched by it', () => {
  const text = renderApp(site, [arm(1), arm(2)], { release: 2, percent: 10 })
  assert.match(
    text,
    /split_clients \$visitor_of_shop \$drawn_of_shop \{\n {2}10% \S+live\/shop-r2\.sock;\n {2}\* \S+live\/shop\.sock;/,
  )
  assert.match(text, /add_header Set-Cookie \$greeting_of_shop always;/)
  assert.doesNotMatch(renderApp(site, [arm(1), arm(2)]), /Set-Cookie|split_clients/)
})

test('the same input gives the same text', () => {
  assert.equal(renderApp(site, [arm(1)]), renderApp(structuredClone(site), [arm(1)]))
  assert.equal(renderMain([site]), renderMain([structuredClone(site)]))
})
