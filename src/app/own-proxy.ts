import { type ComposeService, imageBaseName } from './compose.ts'

export function isProxyImage(image: string): boolean {
  return /^(nginx|nginx-unprivileged|caddy|httpd|haproxy|traefik|openresty)$/.test(imageBaseName(image))
}

/** nginx reads every `.conf` of this folder in its `http` block: so do the official image and nearly every nginx.conf. */
const folder = '/etc/nginx/conf.d'

/** For an nginx that the gateway alone can reach. */
export const visitorAddress = {
  config: 'muelle-visitor-address',
  target: `${folder}/muelle-visitor-address.conf`,
  content: [
    '# Behind a gateway every visitor would have its address, and share one rate limit.',
    'set_real_ip_from 0.0.0.0/0;',
    'set_real_ip_from ::/0;',
    'real_ip_header X-Forwarded-For;',
    '',
  ].join('\n'),
} as const

/**
 * The files and folders of the host that are mounted as configuration into an nginx of the file's own; undefined when
 * the service is no such nginx, or its configuration cannot be added to.
 */
export function proxyConfiguration({ image, volumes = [] }: ComposeService): string[] | undefined {
  if (!/^nginx(-unprivileged)?$/.test(imageBaseName(image ?? ''))) return undefined
  const covers = volumes.some(({ target }) => `${folder}/`.startsWith(`${target.replace(/\/+$/, '')}/`))
  if (covers) return undefined
  return volumes.flatMap(({ type, source, target }) =>
    type === 'bind' && source !== undefined && target.startsWith('/etc/nginx/') ? [source] : [],
  )
}

/** Whether the configuration says itself whom to believe about a visitor's address; nginx refuses to be told twice. */
export function knowsVisitorAddress(text: string): boolean {
  return /^\s*real_ip_header\b/m.test(text)
}
