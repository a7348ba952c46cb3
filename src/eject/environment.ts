import type { App } from '../app/app.ts'
import type { Secret } from '../secrets/secret.ts'
import type { EjectedFile, Ejection } from './ejection.ts'
import { needsFront } from './ejection.ts'
import type { Values } from './secrets.ts'

/** What can be set for `docker compose` in the folder, without any value that is a secret. */
export function exampleFile(ejection: Ejection, values: Values): EjectedFile {
  const names = [...values.keys()]
  const text = [
    '# Copy this file to .env, and let nobody else read that:  cp .env.example .env && chmod 600 .env',
    '',
    ...(names.length === 0
      ? ['# compose.yaml asks for no secrets.']
      : ['# Secrets that compose.yaml asks for.', ...names.map((name) => `${name}=`)]),
    '',
    ...settings(ejection),
    '',
  ].join('\n')
  return { path: '.env.example', text, mode: 0o644 }
}

/** The same with the values; a name whose value Muelle does not have stays empty. */
export function secretsFile(values: Values): EjectedFile {
  const lines = [...values].map(([name, value]) => `${name}=${value === undefined ? '' : quote(value)}`)
  const text = ['# Secrets that compose.yaml asks for. Keep this file to yourself.', ...lines, ''].join('\n')
  return { path: '.env', text, mode: 0o600 }
}

function settings(ejection: Ejection): string[] {
  const { app } = ejection
  return [
    ...(needsFront(ejection) ? portSettings(ejection) : []),
    '# Where the project is now: its build contexts and files are read from there.',
    `#PROJECT_DIR=${app.directory}`,
  ]
}

function portSettings({ app, ports, certificate }: Ejection): string[] {
  return [
    '# Ports of this machine on which nginx listens.',
    `#HTTP_PORT=${httpPort(app, ports)}`,
    ...(certificate === undefined ? [] : [`#HTTPS_PORT=${ports.https}`]),
    '',
  ]
}

function httpPort({ entrance }: App, ports: { http: number }): number {
  return entrance.kind === 'port' ? entrance.port : ports.http
}

/** Compose takes what is in single quotes as it is, and knows escapes in double ones. */
function quote(secret: Secret): string {
  const value = secret.reveal()
  if (!/['\\]/.test(value)) return `'${value}'`
  return `"${value.replaceAll(/[\\"$]/g, '\\$&')}"`
}
