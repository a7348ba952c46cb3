import { renderHeaders } from './headers.ts'
import { isDefault } from './main.ts'
import { maintenancePage, renderTurnAway } from './maintenance.ts'
import { type FileLocation, type PathRule, type PlainSite, timeoutOf } from './model.ts'
import { type Places, variable } from './names.ts'
import { renderRule, ruleOf } from './rules.ts'

/** How a site is served, beyond what the app says. */
export interface Serving {
  places: Places
  /** The address that nginx passes a request to. */
  to: string
  /** Seconds that the way to the app may take longer than the app itself. */
  reserveSeconds?: number
  /** Directives of every location that asks the app. */
  greeting?: string
  /** Whether requests to the app are noted here, and not by what they are passed to. */
  logs?: boolean
}

/** What visitors reach of one app: its host names, certificate and files. For the level of `http`. */
export function renderServers(site: PlainSite, serving: Serving): string {
  const names = isDefault(site) ? '_' : site.domains.join(' ')
  const headers = renderHeaders(site.app, site.headers ?? {})
  const parts = [
    headers.maps,
    ...(site.tls === undefined ? [] : [renderRedirect(site, names, serving.places)]),
    renderServer(site, { ...serving, names, headers: headers.directives }),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

/**
 * What an arm is asked is noted there. What it never sees, such as a request beyond the rate limit, is noted here, for
 * whoever counts who does not stop.
 */
export function renderAnsweredHere(app: string): string {
  return `map $upstream_addr $${answeredHere(app)} {
  default 0;
  '' 1;
}
`
}

function answeredHere(app: string): string {
  return `answered_here_of_${variable(app)}`
}

function listenTo(site: PlainSite, { tls }: Places): string {
  if (site.tls === undefined) return `listen 80${isDefault(site) ? ' default_server reuseport' : ''};`
  return `listen 443 ssl;
  http2 on;
  ssl_certificate ${tls}/${site.tls.certificate};
  ssl_certificate_key ${tls}/${site.tls.key};`
}

function renderRedirect({ tls }: PlainSite, names: string, places: Places): string {
  const challenges = `
  location /.well-known/acme-challenge/ {
    root ${places.challenges};
    default_type text/plain;
  }
`
  return `server {
  listen 80;
  server_name ${names};
${tls?.challenged === true ? challenges : ''}
  location / {
    return 308 https://$host${tls?.port === undefined ? '' : `:${tls.port}`}$request_uri;
  }
}
`
}

function renderServer(site: PlainSite, serving: Serving & { names: string; headers: string }): string {
  const { names, headers, places, logs } = serving
  const isServed = (path: string): boolean => site.files.some(({ urlPath }) => urlPath === path)
  const proxied = (site.rules ?? []).filter(({ path }) => path !== '/' && !isServed(path))
  return `server {
  ${listenTo(site, places)}
  server_name ${names};
${headers}  access_log /dev/stdout muelle-${site.app}${logs === true ? '' : ` if=$${answeredHere(site.app)}`};
  proxy_http_version 1.1;
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
${site.files.map((location) => renderFiles(site, location, places)).join('')}${[ruleOf('/', site.rules), ...proxied].map((rule) => renderLocation(site, rule, serving)).join('')}${site.maintenance === true ? maintenancePage : ''}}
`
}

function renderFiles({ app, rules }: PlainSite, { urlPath, folder }: FileLocation, places: Places): string {
  const rule = ruleOf(urlPath, rules)
  const log = rule.isQuiet === true ? 'off' : `/dev/stdout muelle-${app}`
  return `
  location ${urlPath} {
    alias ${places.files}/${folder}/;
    access_log ${log};
${renderRule(app, rule)}  }
`
}

function renderLocation(site: PlainSite, rule: PathRule, serving: Serving): string {
  const { app, maintenance } = site
  const { to, reserveSeconds = 0, greeting = '' } = serving
  const seconds = timeoutOf(rule) + reserveSeconds
  return `
  location ${rule.path} {
${maintenance === true ? renderTurnAway(site) : ''}${greeting}${renderRule(app, rule)}    proxy_pass ${to};
    proxy_read_timeout ${seconds}s;
    proxy_send_timeout ${seconds}s;
    gzip off;
${rule.isQuiet === true ? '    access_log off;\n' : ''}  }
`
}
