import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import type { MuelleError } from './errors/muelle-error.ts'
import { readInstallation } from './settings.ts'

test('root keeps its state in the system folder and serves on the usual ports', () => {
  assert.deepEqual(readInstallation({ HOME: '/root' }, true), {
    home: '/var/lib/muelle',
    instance: 'muelle',
    ports: { http: 80, https: 443 },
    gatewayImage: 'nginx:1.30',
    certbot: { image: 'certbot/certbot:v5.5.0', server: undefined, authorityFile: undefined },
    resticImage: 'restic/restic:0.19.1',
    mailServer: { url: undefined, from: undefined },
    privateHosts: [],
    githubApi: 'https://api.github.com',
    minimumFreeBytes: 1_000_000_000,
    pingUrl: undefined,
    buildCacheBytes: undefined,
  })
})

test('another user keeps it in the folder for state of their own', () => {
  assert.equal(readInstallation({ HOME: '/home/ana' }, false).home, '/home/ana/.local/state/muelle')
  assert.equal(readInstallation({ HOME: '/home/ana', XDG_STATE_HOME: '/s' }, false).home, '/s/muelle')
})

test('a relative MUELLE_HOME counts from the current folder', () => {
  assert.equal(readInstallation({ MUELLE_HOME: 'state' }, true).home, resolve('state'))
})

test('an address to ask for each minute has to be one, and is not told when it is none', () => {
  for (const url of ['planted-path', 'ftp://planted-path.example', ''])
    assert.throws(
      () => readInstallation({ MUELLE_PING_URL: url }, true),
      ({ code, message }: MuelleError) => {
        assert.ok(!message.includes('planted'))
        return code === 'CONFIG_INVALID'
      },
    )
})

test('every variable is heeded', () => {
  const env = {
    MUELLE_HOME: '/srv/state',
    MUELLE_INSTANCE: 'second',
    MUELLE_HTTP_PORT: '8080',
    MUELLE_HTTPS_PORT: '8443',
    MUELLE_GATEWAY_IMAGE: 'nginx:1.31',
    MUELLE_CERTBOT_IMAGE: 'certbot/certbot:v6.0.0',
    MUELLE_ACME_SERVER: 'https://ca.example.com/directory',
    MUELLE_ACME_CA_FILE: '/etc/ssl/ca.pem',
    MUELLE_RESTIC_IMAGE: 'restic/restic:0.19.0',
    MUELLE_SMTP_URL: 'smtp://localhost',
    MUELLE_SMTP_FROM: 'muelle@example.com',
    MUELLE_NOTIFY_PRIVATE_HOSTS: 'chat.internal, 10.0.0.5',
    MUELLE_GITHUB_API: 'https://git.example/api/v3/',
    MUELLE_PING_URL: 'https://ping.example/abc',
    MUELLE_MIN_FREE_MB: '20',
    MUELLE_BUILD_CACHE_MB: '5000',
  }
  assert.deepEqual(readInstallation(env, true), {
    home: '/srv/state',
    instance: 'second',
    ports: { http: 8080, https: 8443 },
    gatewayImage: 'nginx:1.31',
    certbot: {
      image: 'certbot/certbot:v6.0.0',
      server: 'https://ca.example.com/directory',
      authorityFile: '/etc/ssl/ca.pem',
    },
    resticImage: 'restic/restic:0.19.0',
    mailServer: { url: 'smtp://localhost', from: 'muelle@example.com' },
    privateHosts: ['chat.internal', '10.0.0.5'],
    githubApi: 'https://git.example/api/v3',
    pingUrl: 'https://ping.example/abc',
    minimumFreeBytes: 20_000_000,
    buildCacheBytes: 5_000_000_000,
  })
})

for (const value of ['http', '0', '-1', '65536', '80.5', '']) {
  test(`MUELLE_HTTP_PORT="${value}" is refused by name`, () => {
    assert.throws(() => readInstallation({ MUELLE_HTTP_PORT: value }, true), {
      code: 'CONFIG_INVALID',
      message: /^MUELLE_HTTP_PORT is /,
      hint: /unset it for 80/,
    })
  })
}
