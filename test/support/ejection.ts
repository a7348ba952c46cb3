import type { ComposeFile } from '../../src/app/compose.ts'
import { readApp } from '../../src/app/read-app.ts'
import { type Ejected, eject } from '../../src/eject/eject.ts'
import type { Ejection } from '../../src/eject/ejection.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { shopFile } from './app.ts'

const email = 'ops@example.com'

/** What `x-muelle` says in an app that uses all that the gateway does. */
export const everything = {
  domains: ['shop.example.com'],
  tls: { email },
  release: ['python manage.py migrate', ['python', 'manage.py', 'collectstatic', '--noinput']],
  static: { '/static/': 'static' },
  paths: { '/api/': { rate: '10r/s', burst: 5, timeout: '5m' }, '/ping/': { log: false } },
}

/** An app on its way out. */
export function ejection(file: ComposeFile = shopFile(everything), more: Partial<Ejection> = {}): Ejection {
  const app = readApp(file, '/srv/shop')
  const { entrance, name } = app
  const isServedByTls = entrance.kind === 'domains' && entrance.tls !== 'off'
  const wants = isServedByTls && typeof entrance.tls === 'object' && 'email' in entrance.tls
  const order = { app: name, domains: ['shop.example.com'], email, staging: false, file: 'another.pem' }
  return {
    app,
    environment: 'production',
    release: 12,
    replicas: { web: 2 },
    ports: { http: 80, https: 443 },
    images: { gateway: 'nginx:1.30', certbot: 'certbot/certbot:v5.5.0' },
    certificate: isServedByTls
      ? { pem: 'the key and the chain', order: wants ? order : undefined }
      : undefined,
    acmeServer: undefined,
    secrets: new Map(),
    ...more,
  }
}

export function held(values: Readonly<Record<string, string>>): ReadonlyMap<string, Secret> {
  return new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)]))
}

export function textOf(files: Ejected['files'], path: string): string {
  const file = files.find((candidate) => candidate.path === path)
  if (file === undefined) throw new Error(`there is no ${path}`)
  return file.text
}

export function ejected(...given: Parameters<typeof ejection>): Ejected {
  return eject(ejection(...given))
}
