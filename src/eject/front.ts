import type { App } from '../app/app.ts'
import { headersOf, rulesOf } from '../gateway/config/from-app.ts'
import { renderMain } from '../gateway/config/main.ts'
import type { PlainSite } from '../gateway/config/model.ts'
import { renderPlainSite } from '../gateway/config/plain.ts'
import { certbotPaths, certonlyArguments, type Order, watchCertificates } from '../gateway/config/renewal.ts'
import {
  certificateFile,
  type EjectedFile,
  type Ejection,
  escapeDollar,
  type FrontNames,
  frontNames,
  needsFront,
} from './ejection.ts'
import type { PlainService } from './services.ts'

/** Paths inside the nginx container. */
const inside = {
  config: '/etc/nginx/site',
  places: { tls: '/etc/nginx/tls', challenges: '/srv/challenges', files: '/srv/files' },
} as const

/** What stood in front of the app at the gateway: nginx, and certbot where an authority signs. */
export function renderFront(ejection: Ejection): Record<string, PlainService> {
  if (!needsFront(ejection)) return {}
  const names = frontNames(ejection.app)
  const order = ejection.certificate?.order
  return {
    [names.nginx]: renderNginx(ejection, names),
    ...(order === undefined ? {} : { [names.certbot]: renderCertbot(order, ejection, names) }),
  }
}

export function frontVolumes(ejection: Ejection): Record<string, object> {
  const { challenges, letsencrypt } = frontNames(ejection.app)
  const isRenewed = needsFront(ejection) && ejection.certificate?.order !== undefined
  return isRenewed ? { [challenges]: {}, [letsencrypt]: {} } : {}
}

/** nginx's files, and the certificate that it serves. */
export function frontFiles(ejection: Ejection): EjectedFile[] {
  const { app, certificate } = ejection
  if (!needsFront(ejection)) return []
  const site = describeSite(ejection)
  const { service, port } = app.web
  return [
    { path: 'nginx/nginx.conf', text: renderMain([site], ''), mode: 0o644 },
    {
      path: `nginx/sites/${app.name}.conf`,
      text: renderPlainSite(site, { name: networkOwner(app, service), port, places: inside.places }),
      mode: 0o644,
    },
    ...(certificate === undefined
      ? []
      : [{ path: `tls/${certificateFile(ejection)}`, text: certificate.pem, mode: 0o600 }]),
  ]
}

function describeSite(ejection: Ejection): PlainSite {
  const { app, certificate } = ejection
  const file = certificateFile(ejection)
  return {
    app: app.name,
    domains: app.entrance.kind === 'domains' ? app.entrance.domains : [],
    tls:
      certificate === undefined
        ? undefined
        : { certificate: file, key: file, challenged: certificate.order !== undefined },
    files: app.files.map(({ urlPath, name }) => ({ urlPath, folder: name })),
    headers: headersOf(app),
    rules: rulesOf(app),
  }
}

/** A service that uses the network of another is reached by the other's name. */
function networkOwner(app: App, service: string): string {
  return /^service:(.+)$/.exec(app.file.services[service]?.network_mode ?? '')?.[1] ?? service
}

function renderNginx(ejection: Ejection, names: FrontNames): PlainService {
  const { app, certificate, images } = ejection
  const isRenewed = certificate?.order !== undefined
  const { config, places } = inside
  const run = `exec nginx -c ${config}/nginx.conf -g 'daemon off;'`
  return {
    image: images.gateway,
    command: ['sh', '-c', escapeDollar(isRenewed ? `${watchCertificates(places.tls)} & ${run}` : run)],
    ports: publish(ejection),
    volumes: [
      `./nginx:${config}:ro`,
      ...(certificate === undefined ? [] : [`./tls:${places.tls}:ro`]),
      ...(isRenewed ? [`${names.challenges}:${places.challenges}:ro`] : []),
      ...filesOf(app),
    ],
    networks: [names.edge],
    depends_on: [networkOwner(app, app.web.service)],
    restart: 'unless-stopped',
    stop_signal: 'SIGQUIT',
    logging,
  }
}

/** Static and media files, from the volumes or folders that the app writes them to. */
function filesOf(app: App): string[] {
  const keys = Object.entries(app.file.volumes ?? {})
  return app.files.map(({ name, source }) => {
    const key = keys.find(([key, volume]) => (volume?.name ?? `${app.name}_${key}`) === source)?.[0]
    return `${key ?? source}:${inside.places.files}/${name}:ro`
  })
}

function publish({ app: { entrance }, ports, certificate }: Ejection): string[] {
  if (entrance.kind === 'domains') {
    const https = `\${HTTPS_PORT:-${ports.https}}:443`
    return [`\${HTTP_PORT:-${ports.http}}:80`, ...(certificate === undefined ? [] : [https])]
  }
  const { hostIp, port } = entrance
  const address = hostIp === '0.0.0.0' ? '' : hostIp.includes(':') ? `[${hostIp}]:` : `${hostIp}:`
  return [`${address}\${HTTP_PORT:-${port}}:80`]
}

/** It begins anew with an account of its own: what the gateway's certbot had of this app ends with `muelle down`. */
function renderCertbot(order: Order, ejection: Ejection, names: FrontNames): PlainService {
  const own = { ...order, file: certificateFile(ejection) }
  return {
    image: ejection.images.certbot,
    init: true,
    entrypoint: ['sh', '-c', 'sleep 5; while :; do certbot "$$@"; sleep 12h; done', 'certbot'],
    command: certonlyArguments(own, ejection.acmeServer).map(escapeDollar),
    volumes: [
      `${names.letsencrypt}:${certbotPaths.state}`,
      `${names.challenges}:${certbotPaths.challenges}`,
      `./tls:${certbotPaths.installed}`,
    ],
    networks: [names.edge],
    depends_on: [names.nginx],
    restart: 'unless-stopped',
    logging,
  }
}

const logging = { options: { 'max-size': '10m', 'max-file': '5' } }
