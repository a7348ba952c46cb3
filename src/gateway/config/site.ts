import { renderArm } from './arm.ts'
import { renderHeaders } from './headers.ts'
import { logFormat } from './log.ts'
import { isDefault } from './main.ts'
import { maintenancePage, renderTurnAway, renderVisitors } from './maintenance.ts'
import { type Arm, type FileLocation, type PathRule, type Share, type Site, timeoutOf } from './model.ts'
import { links, liveName, paths, variable } from './names.ts'
import { renderRule, renderZones, ruleOf } from './rules.ts'
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
  const names = isDefault(site) ? '_' : site.domains.join(' ')
  const headers = renderHeaders(site.app, site.headers ?? {})
  const parts = [
    logFormat(site.app, site.app, ''),
    ...(share === undefined ? [] : [renderDrawing(site, share)]),
    ...(site.maintenance === true ? [renderVisitors(site)] : []),
    renderZones(site),
    headers.maps,
    armOf(site, share),
    ...(site.tls === undefined ? [] : [renderRedirect(site, names)]),
    renderServer(site, { names, listen: listenTo(site), headers: headers.directives, share }),
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

function listenTo(site: Site): string {
  if (site.tls === undefined) return `listen 80${isDefault(site) ? ' default_server reuseport' : ''};`
  return `listen 443 ssl;
  http2 on;
  ssl_certificate ${paths.config}/tls/${site.tls.certificate};
  ssl_certificate_key ${paths.config}/tls/${site.tls.key};`
}

function renderRedirect({ tls }: Site, names: string): string {
  const challenges = `
  location /.well-known/acme-challenge/ {
    root ${paths.challenges};
    default_type text/plain;
  }
`
  return `server {
  listen 80;
  server_name ${names};
${tls?.challenged === true ? challenges : ''}
  location / {
    return 308 https://$host$request_uri;
  }
}
`
}

interface Server {
  listen: string
  names: string
  headers: string
  share: Share | undefined
}

function renderServer(site: Site, { listen, names, headers, share }: Server): string {
  const isServed = (path: string): boolean => site.files.some(({ urlPath }) => urlPath === path)
  const proxied = (site.rules ?? []).filter(({ path }) => path !== '/' && !isServed(path))
  return `server {
  ${listen}
  server_name ${names};
${headers}  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Connection $connection_upgrade;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Host $http_host;
  proxy_connect_timeout 2s;
  proxy_request_buffering off;
  proxy_buffering off;
${site.files.map((location) => renderFiles(site, location)).join('')}${[ruleOf('/', site.rules), ...proxied].map((rule) => renderLocation(site, rule, share)).join('')}${site.maintenance === true ? maintenancePage : ''}}
`
}

function renderFiles({ app, rules }: Site, { urlPath, folder }: FileLocation): string {
  const rule = ruleOf(urlPath, rules)
  const log = rule.isQuiet === true ? 'off' : `/dev/stdout muelle-${app}`
  return `
  location ${urlPath} {
    alias ${paths.files}/${app}/${folder}/;
    access_log ${log};
${renderRule(app, rule)}  }
`
}

function renderLocation(site: Site, rule: PathRule, share: Share | undefined): string {
  const { app, maintenance } = site
  const seconds = timeoutOf(rule) + reserveSeconds
  return `
  location ${rule.path} {
${maintenance === true ? renderTurnAway(site) : ''}${share === undefined ? '' : renderGreeting(app)}${renderRule(app, rule)}    proxy_pass http://unix:$arm_of_${variable(app)}:;
    proxy_read_timeout ${seconds}s;
    proxy_send_timeout ${seconds}s;
    gzip off;
  }
`
}
