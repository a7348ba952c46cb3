import { labels } from '../../release/names.ts'
import { certbotPaths, certonlyArguments, installCommand, lineage, type Order } from '../config/renewal.ts'
import { holderName, type Pod, podNetwork } from '../pod.ts'

/** What certbot is asked for, as argument arrays. Pure. */

/** Paths inside the certbot container. */
const inside = {
  ...certbotPaths,
  program: '/etc/letsencrypt/muelle/patient_certbot.py',
  authority: '/etc/letsencrypt/muelle/authority.pem',
} as const

export interface CertbotOptions {
  image: string
  /** Address of the directory of another authority than Let's Encrypt. */
  server: string | undefined
  /** Whether the file `authority.pem` says who signs for that authority's own https. */
  hasAuthority: boolean
}

export function certbotName(pod: Pod): string {
  return `${holderName(pod)}-certbot`
}

/**
 * `docker run` arguments of the container that renews: it looks every 12 hours and asks when the authority says so (ARI,
 * RFC 9773), after a random wait of certbot's own. It needs no Muelle to go on.
 */
export function certbotArguments(pod: Pod, { image, hasAuthority }: CertbotOptions): string[] {
  const own = { [labels.instance]: pod.instance, [labels.pod]: pod.name, [labels.role]: 'certbot' }
  const mounts = { letsencrypt: inside.state, challenges: inside.challenges, tls: inside.installed }
  return [
    '--detach',
    '--name',
    certbotName(pod),
    '--restart',
    'unless-stopped',
    '--network',
    podNetwork(pod),
    ...Object.entries(own).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...Object.entries(mounts).flatMap(([folder, path]) => ['--volume', `${pod.folder}/${folder}:${path}`]),
    ...(hasAuthority ? ['--env', `REQUESTS_CA_BUNDLE=${inside.authority}`] : []),
    '--log-opt',
    'max-size=10m',
    '--init',
    '--entrypoint',
    'sh',
    image,
    '-c',
    `while :; do python3 ${inside.program} renew --non-interactive; sleep 12h; done`,
  ]
}

/** Asks for a certificate, or does nothing when there is one that is not due. */
export function orderArguments(order: Order, { server }: CertbotOptions): string[] {
  return ['python3', inside.program, ...certonlyArguments(order, server)]
}

/** Puts the newest key and chain where nginx reads them, as each renewal does. */
export function installArguments(order: Order): string[] {
  return ['env', `RENEWED_LINEAGE=${inside.state}/live/${lineage(order)}`, 'sh', '-c', installCommand(order)]
}

/** Makes certbot forget an app's certificate, so that it is not renewed any more. */
export function deleteArguments(name: string): string[] {
  return ['python3', inside.program, 'delete', '--non-interactive', '--cert-name', name]
}

/** The names under which certbot may know an app's certificates. */
export function lineages(app: string): string[] {
  return [true, false].map((staging) => lineage({ app, staging }))
}
