import { renderArm } from './arm.ts'
import { logFormat } from './log.ts'
import { renderVisitors } from './maintenance.ts'
import type { Arm, Share, Site } from './model.ts'
import { links, liveName, placesInGateway, variable } from './names.ts'
import { renderZones } from './rules.ts'
import { renderAnsweredHere, renderServers } from './server.ts'
import { drawnVariable, renderDrawing, renderGreeting } from './share.ts'

/**
 * The nginx configuration of one app, as text. Pure.
 *
 * Two hops inside one nginx make a switch atomic (docs/decisions/002-switch-by-symlink.md):
 *
 *   visitor -> site (TLS, host name, files) -> /etc/muelle/live/shop.sock -> arm of release 12 -> its containers
 *
 * `live/shop.sock` is a symbolic link to `live/shop-r12.sock`, which is one to the socket of that release's arm in the
 * nginx container that serves now. Renaming another link over the first moves every later request to another release
 * at once, on old and new connections alike, without a reload; over the second, to another nginx.
 */
export function renderApp(site: Site, arms: readonly Arm[], share?: Share): string {
  return [...arms.map(renderArm), renderSite(site, share)].join('\n')
}

/** Seconds that the way to an arm may take longer than the arm's own way to the app. */
const reserveSeconds = 5

/** What visitors reach: one app's host names, certificate and files. */
function renderSite(site: Site, share: Share | undefined): string {
  const parts = [
    logFormat(site.app, site.app, ''),
    renderAnsweredHere(site.app),
    ...(share === undefined ? [] : [renderDrawing(site, share)]),
    ...(site.maintenance === true ? [renderVisitors(site)] : []),
    renderZones(site, site.probeToken),
    armOf(site, share),
    renderServers(site, {
      places: placesInGateway(site.app),
      to: `http://unix:$arm_of_${variable(site.app)}:`,
      reserveSeconds,
      greeting: share === undefined ? '' : renderGreeting(site.app),
    }),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

/** Chooses the arm of a request: by its probe token, by the share of the visitors, or the live one. */
function armOf(site: Site, share: Share | undefined): string {
  const usual = share === undefined ? `${links}/${liveName(site.app)}` : drawnVariable(site.app)
  return `map $http_x_muelle_probe $arm_of_${variable(site.app)} {
  default ${usual};
  "~^${site.probeToken}-r(?<probed>[0-9]+)$" ${links}/${site.app}-r$probed.sock;
}
`
}
