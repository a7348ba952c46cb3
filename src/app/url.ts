import type { App } from './app.ts'

/** Where the app answers, as an address to open. */
export function appUrl({ entrance }: Pick<App, 'entrance'>, ports: { http: number; https: number }): string {
  if (entrance.kind === 'port') return `http://localhost${suffix(entrance.port, 80)}/`
  const [domain] = entrance.domains
  return entrance.tls === 'off'
    ? `http://${domain}${suffix(ports.http, 80)}/`
    : `https://${domain}${suffix(ports.https, 443)}/`
}

function suffix(port: number, usual: number): string {
  return port === usual ? '' : `:${port}`
}
