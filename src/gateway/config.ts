/**
 * The nginx configuration of the gateway, as text. Pure.
 *
 * Two hops inside one nginx make a switch atomic (docs/decisions/002-switch-by-symlink.md):
 *
 *   visitor -> site (TLS, host name, files) -> /etc/muelle/live/shop.sock -> arm of release 12 -> its containers
 *
 * `live/shop.sock` is a symbolic link to `live/shop-r12.sock`, which is one to the socket of that release's arm in the
 * nginx container that serves now. Renaming another link over the first moves every later request to another release
 * at once, on old and new connections alike, without a reload; over the second, to another nginx.
 */

/** Paths inside the nginx container. */
export const paths = {
  config: '/etc/muelle',
  /** Where an nginx container listens for its arms: a folder of its own. */
  ownSockets: '/run/muelle/own',
  /** The folders of all nginx containers of the pod, by fingerprint. */
  allSockets: '/run/muelle/all',
  files: '/srv/muelle',
} as const

/**
 * A request with the probe token is answered with the release that served it;
 * with `TOKEN-r12` it reaches release 12 whether or not that release is live.
 */
export const probeHeader = 'X-Muelle-Probe'
export const releaseHeader = 'X-Muelle-Release'

export interface Site {
  app: string
  /** Host names, or none for an app that answers to any name on its port. */
  domains: readonly string[]
  /** File names below the `tls` folder. */
  tls: { certificate: string; key: string } | undefined
  files: readonly FileLocation[]
  probeToken: string
  /** Visitors get a page that says so, with status 503; probes still reach the app. */
  maintenance?: boolean
}

export interface FileLocation {
  urlPath: string
  /** Folder below `paths.files`. */
  folder: string
}

export interface Arm {
  app: string
  release: number
  /** Container names and port. */
  servers: readonly string[]
  port: number
  probeToken: string
}

/** A part of the visitors goes to another release than the live one. */
export interface Share {
  release: number
  /** Of the visitors, from 1 to 99. */
  percent: number
}

/** Seconds. Chain: app server's own time-out < proxy read <= worker shutdown. */
const proxyReadSeconds = 60
const workerShutdownSeconds = 75

/** The name of the socket of a release's arm, and of the link to it. */
export function armName(app: string, release: number): string {
  return `${app}-r${release}.sock`
}

/** A link to the link of one arm. */
export function liveName(app: string): string {
  return `${app}.sock`
}

const links = `${paths.config}/live`

/**
 * The file that includes all others. A request for a name that no site has is refused.
 *
 * `keepalive_min_timeout` keeps a reload from closing a connection that its client is about to use again;
 * without it 18 of 8,400 requests were lost over 6 reloads. `reuseport` with tcp_migrate_req on the holder
 * does the same for replacing the container.
 */
export function renderMain(sites: readonly Site[]): string {
  const http = sites.some(isDefault) ? '' : '    listen 80 default_server reuseport;\n'
  return `user nginx;
worker_processes auto;
worker_shutdown_timeout ${workerShutdownSeconds}s;
error_log stderr warn;
pid /run/nginx.pid;

events {
  worker_connections 8192;
}

http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 65s;
  keepalive_min_timeout 10s;
  client_max_body_size 100m;
  server_names_hash_bucket_size 128;
  resolver 127.0.0.11 valid=2s ipv6=off;
  resolver_timeout 2s;

  gzip on;
  gzip_vary on;
  gzip_proxied any;
  gzip_min_length 1024;
  gzip_types text/plain text/css text/xml text/javascript application/json application/javascript application/xml application/rss+xml application/atom+xml image/svg+xml;

  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:tls:10m;
  ssl_session_timeout 1d;

  access_log off;

  map $http_upgrade $connection_upgrade {
    default upgrade;
    '' '';
  }

  server {
${http}    listen 443 ssl default_server reuseport;
    http2 on;
    ssl_reject_handshake on;
    default_type text/plain;
    return 421 "No app here answers to this host name.\\n";
  }

  server {
    listen unix:${paths.ownSockets}/gateway.sock;
    default_type text/plain;
    return 200 "ready\\n";
  }

  include sites/*.conf;
}
`
}

/** Whether a site answers to any host name on port 80. */
function isDefault(site: Site): boolean {
  return site.domains.length === 0
}

/** The file of one app: what visitors reach, and an arm for each release that stands. */
export function renderApp(site: Site, arms: readonly Arm[], share?: Share): string {
  return [...arms.map(renderArm), renderSite(site, share)].join('\n')
}

/** What visitors reach: one app's host names, certificate and files. */
function renderSite(site: Site, share: Share | undefined): string {
  const names = isDefault(site) ? '_' : site.domains.join(' ')
  const listen = isDefault(site) ? ' default_server reuseport' : ''
  if (site.tls === undefined) {
    return `${siteHead(site, share)}
${siteServer(site, { listen: `listen 80${listen};`, names, share })}`
  }
  const tls = `listen 443 ssl;
  http2 on;
  ssl_certificate ${paths.config}/tls/${site.tls.certificate};
  ssl_certificate_key ${paths.config}/tls/${site.tls.key};`
  return `${siteHead(site, share)}
server {
  listen 80;
  server_name ${names};
  return 308 https://$host$request_uri;
}

${siteServer(site, { listen: tls, names, share })}`
}

function siteHead(site: Site, share: Share | undefined): string {
  const usual = share === undefined ? `${links}/${liveName(site.app)}` : `$drawn_of_${variable(site.app)}`
  return `${logFormat(site.app, site.app, '')}
${share === undefined ? '' : drawing(site, share)}${site.maintenance === true ? visitorsOnly(site) : ''}
map $http_x_muelle_probe $arm_of_${variable(site.app)} {
  default ${usual};
  "~^${site.probeToken}-r(?<probed>[0-9]+)$" ${links}/${site.app}-r$probed.sock;
}
`
}

/**
 * Draws a release for each visitor and remembers the visitor by a cookie, not the release: so a visitor whom a small
 * share includes is in every larger one too. Who keeps no cookies is drawn anew for each request.
 */
function drawing({ app }: Site, { release, percent }: Share): string {
  const id = variable(app)
  const cookie = `muelle_${id}`
  return `map $cookie_${cookie} $visitor_of_${id} {
  default $cookie_${cookie};
  '' $request_id;
}

map $cookie_${cookie} $greeting_of_${id} {
  default '';
  '' '${cookie}=$request_id; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax';
}

split_clients $visitor_of_${id} $drawn_of_${id} {
  ${percent}% ${links}/${armName(app, release)};
  * ${links}/${liveName(app)};
}
`
}

function visitorsOnly({ app, probeToken }: Site): string {
  return `
map $http_x_muelle_probe $visits_${variable(app)} {
  default 1;
  "~^${probeToken}" 0;
}
`
}

const maintenancePage = `
  error_page 503 @maintenance;
  location @maintenance {
    internal;
    default_type text/html;
    add_header Retry-After 60 always;
    add_header Cache-Control no-store always;
    return 503 '<!doctype html><title>Back soon</title><h1>Back soon</h1><p>This site is being worked on.</p>';
  }
`

function siteServer(site: Site, server: { listen: string; names: string; share: Share | undefined }): string {
  const greeting =
    server.share === undefined ? '' : `    add_header Set-Cookie $greeting_of_${variable(site.app)} always;\n`
  return `server {
  ${server.listen}
  server_name ${server.names};
${site.files.map(fileLocation(site.app)).join('')}
  location / {
${site.maintenance === true ? `    if ($visits_${variable(site.app)}) {\n      return 503;\n    }\n` : ''}${greeting}    proxy_pass http://unix:$arm_of_${variable(site.app)}:;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_connect_timeout 2s;
    proxy_read_timeout ${proxyReadSeconds + 5}s;
    proxy_send_timeout ${proxyReadSeconds + 5}s;
    proxy_request_buffering off;
    proxy_buffering off;
    gzip off;
  }
${site.maintenance === true ? maintenancePage : ''}}
`
}

function fileLocation(app: string): (location: FileLocation) => string {
  return ({ urlPath, folder }) => `
  location ${urlPath} {
    alias ${paths.files}/${app}/${folder}/;
    access_log /dev/stdout muelle-${app};
    add_header X-Content-Type-Options nosniff always;
  }
`
}

/**
 * One release behind its own socket. Upstream keep-alive stays off: an app server that closes idle connections
 * (Gunicorn after 2 s) otherwise answers a spaced request with a reset, 109 to 133 of 672 measured.
 */
function renderArm(arm: Arm): string {
  const id = `${arm.app}-r${arm.release}`
  const servers = arm.servers.map((name) => `  server ${name}:${arm.port} resolve max_fails=0;`).join('\n')
  return `${logFormat(id, arm.app, String(arm.release))}
upstream ${id} {
  zone ${id} 256k;
  keepalive 0;
${servers}
}

map $http_x_muelle_probe $probed_${variable(id)} {
  default '';
  "~^${arm.probeToken}(-r[0-9]+)?$" ${arm.release};
}

map $probed_${variable(id)} $visited_${variable(id)} {
  default 0;
  '' 1;
}

server {
  listen unix:${paths.ownSockets}/${armName(arm.app, arm.release)} backlog=4096;
  access_log /dev/stdout muelle-${id} if=$visited_${variable(id)};
  set_real_ip_from unix:;
  real_ip_header X-Real-IP;
  add_header ${releaseHeader} $probed_${variable(id)} always;

  location / {
    proxy_pass http://${id};
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header ${probeHeader} '';
    proxy_connect_timeout 2s;
    proxy_read_timeout ${proxyReadSeconds}s;
    proxy_send_timeout ${proxyReadSeconds}s;
    proxy_next_upstream error timeout;
    proxy_next_upstream_timeout 10s;
  }
}
`
}

/** One JSON line a request; $remote_addr in an arm is the visitor's, handed over in X-Real-IP. */
function logFormat(name: string, app: string, release: string): string {
  return `log_format muelle-${name} escape=json
  '{"time":"$time_iso8601","app":"${app}","release":"${release}","client":"$remote_addr",'
  '"method":"$request_method","host":"$host","uri":"$uri","status":$status,"bytes":$body_bytes_sent,'
  '"duration":$request_time,"upstream":"$upstream_addr","upstreamDuration":"$upstream_response_time",'
  '"userAgent":"$http_user_agent"}';
`
}

/** nginx variable names have no dashes; `my-app` and `my_app` must stay apart. */
function variable(id: string): string {
  return id.replaceAll(/[^a-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}`)
}
