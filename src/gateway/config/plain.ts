import { logFormat } from './log.ts'
import type { PlainSite } from './model.ts'
import type { Places } from './names.ts'
import { renderZones } from './rules.ts'
import { renderServers } from './server.ts'

/** Where an app answers that no gateway moves from release to release. */
export interface Upstream {
  /** A name that Docker's DNS leads to every replica. */
  name: string
  port: number
  places: Places
}

/**
 * The configuration of an app for an nginx of its own. `resolve` follows the replicas to the addresses that they have
 * after each start. Keep-alive to the app stays off, as in an arm of the gateway.
 */
export function renderPlainSite(site: PlainSite, { name, port, places }: Upstream): string {
  const parts = [
    logFormat(site.app, site.app, ''),
    renderZones(site),
    `upstream ${site.app} {
  zone ${site.app} 256k;
  keepalive 0;
  server ${name}:${port} resolve max_fails=0;
}
`,
    renderServers(site, { places, to: `http://${site.app}`, logs: true }),
  ]
  return parts.filter((part) => part !== '').join('\n')
}
