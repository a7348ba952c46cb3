import { whenChanged } from './watch.ts'

/** How a certificate is asked for, put where nginx reads it, and noticed there. Pure. */

export interface Order {
  app: string
  domains: readonly string[]
  email: string
  /** Let's Encrypt's staging server. */
  staging: boolean
  /** Where key and chain go: a file name below the `tls` folder. */
  file: string
}

/** Paths inside a certbot container. */
export const certbotPaths = {
  state: '/etc/letsencrypt',
  challenges: '/challenges',
  installed: '/tls',
} as const

/** certbot's arguments that ask for a certificate, or do nothing when there is one that is not due. */
export function certonlyArguments(order: Order, server: string | undefined): string[] {
  const { domains, email, staging } = order
  return [
    'certonly',
    '--non-interactive',
    '--agree-tos',
    '--email',
    email,
    '--webroot',
    '--webroot-path',
    certbotPaths.challenges,
    '--cert-name',
    lineage(order),
    ...domains.flatMap((domain) => ['--domain', domain]),
    '--keep-until-expiring',
    '--renew-with-new-domains',
    '--deploy-hook',
    installCommand(order),
    // It would look for a program of the name `umask`.
    '--disable-hook-validation',
    ...(server === undefined ? [] : ['--server', server]),
    ...(staging && server === undefined ? ['--staging'] : []),
  ]
}

/** A certificate of the staging server is never taken for one of the real one. */
export function lineage({ app, staging }: Pick<Order, 'app' | 'staging'>): string {
  return staging ? `${app}.staging` : app
}

/** Key and chain in one file, so that they change at once; nginx watches the file `renewed`. */
export function installCommand({ file }: Pick<Order, 'file'>): string {
  const target = `${certbotPaths.installed}/${file}`
  return [
    'umask 077',
    `cat "$RENEWED_LINEAGE/privkey.pem" "$RENEWED_LINEAGE/fullchain.pem" >${target}.next`,
    `mv ${target}.next ${target}`,
    `date +%s.%N >${certbotPaths.installed}/renewed`,
  ].join(' && ')
}

/**
 * A shell command that has nginx, which is process 1, read its certificates again when one was renewed: whatever renews
 * them cannot reach it.
 * @param folder where the certificates are in nginx's container
 */
export function watchCertificates(folder: string): string {
  return whenChanged(`${folder}/renewed`, 'HUP')
}
