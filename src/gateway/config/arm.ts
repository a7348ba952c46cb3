import { logFormat } from './log.ts'
import { type Arm, type PathRule, timeoutOf } from './model.ts'
import { armName, paths, probeHeader, releaseHeader, serverHeader, variable } from './names.ts'
import { ruleOf } from './rules.ts'

/**
 * One release behind its own socket. Upstream keep-alive stays off: an app server that closes idle connections
 * (Gunicorn after 2 s) otherwise answers a spaced request with a reset, 109 to 133 of 672 measured.
 */
export function renderArm(arm: Arm): string {
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

map $probed_${variable(id)} $server_of_${variable(id)} {
  default $upstream_addr;
  '' '';
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
  client_max_body_size 0;
  add_header ${releaseHeader} $probed_${variable(id)} always;
  add_header ${serverHeader} $server_of_${variable(id)} always;
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Connection $connection_upgrade;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header ${probeHeader} '';
  proxy_connect_timeout 2s;
  proxy_next_upstream error timeout;
  proxy_next_upstream_timeout 10s;
${locations(arm)
  .map((rule) => renderLocation(rule, id))
  .join('')}}
`
}

/** Where the release's own rules say something that is decided here: how long to wait, and what to note. */
function locations({ rules = [] }: Arm): PathRule[] {
  const own = rules.filter(
    ({ path, timeoutSeconds, isQuiet }) => path !== '/' && (timeoutSeconds !== undefined || isQuiet === true),
  )
  return [ruleOf('/', rules), ...own]
}

/** The app's time is over here first, so that it is this release that is seen to have failed. */
function renderLocation(rule: PathRule, id: string): string {
  const seconds = timeoutOf(rule)
  return `
  location ${rule.path} {
    proxy_pass http://${id};
    proxy_read_timeout ${seconds}s;
    proxy_send_timeout ${seconds}s;
${rule.isQuiet === true ? '    access_log off;\n' : ''}  }
`
}
