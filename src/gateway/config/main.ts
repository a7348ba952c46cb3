import { longestTimeout, type PlainSite } from './model.ts'
import { paths } from './names.ts'

/** Seconds that a worker of an earlier configuration may take to end after the longest request. */
const reserveSeconds = 15

/**
 * The file that includes all others. A request for a name that no site has is refused.
 *
 * `keepalive_min_timeout` keeps a reload from closing a connection that its client is about to use again;
 * without it 18 of 8,400 requests were lost over 6 reloads. `reuseport` with tcp_migrate_req on the holder
 * does the same for replacing the container.
 */
export function renderMain(sites: readonly PlainSite[], readiness = ownSocket): string {
  const http = sites.some(isDefault) ? '' : '    listen 80 default_server reuseport;\n'
  const shutdownSeconds =
    Math.max(...[[], ...sites.map(({ rules }) => rules)].map(longestTimeout)) + reserveSeconds
  return `user nginx;
worker_processes auto;
worker_shutdown_timeout ${shutdownSeconds}s;
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
  server_names_hash_bucket_size 256;
  variables_hash_bucket_size 512;
  variables_hash_max_size 4096;
  resolver 127.0.0.11 valid=2s ipv6=off;
  resolver_timeout 2s;
  limit_req_status 429;
  add_header_inherit merge;

  gzip on;
  gzip_vary on;
  gzip_proxied any;
  gzip_comp_level 6;
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

${readiness}  include sites/*.conf;
}
`
}

/** Where the gateway asks a new nginx whether it serves. */
const ownSocket = `  server {
    listen unix:${paths.ownSockets}/gateway.sock;
    default_type text/plain;
    return 200 "ready\\n";
  }

`

/** Whether a site answers to any host name on port 80. */
export function isDefault(site: PlainSite): boolean {
  return site.domains.length === 0
}
