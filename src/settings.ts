import { join, resolve } from 'node:path'
import { MuelleError } from './errors/muelle-error.ts'
import { usualApi } from './notify/commit-status.ts'

/** What the environment says about this installation; every variable is in docs/reference/environment.md. */
export interface Installation {
  /** State folder: `MUELLE_HOME`. */
  home: string
  /** Prefix of the gateway's containers: `MUELLE_INSTANCE`. */
  instance: string
  /** Ports of the gateway: `MUELLE_HTTP_PORT`, `MUELLE_HTTPS_PORT`. */
  ports: { http: number; https: number }
  /** Image of the gateway: `MUELLE_GATEWAY_IMAGE`. 1.30.4 is the security floor. */
  gatewayImage: string
  /** What asks for certificates: `MUELLE_CERTBOT_IMAGE`, and whom: `MUELLE_ACME_SERVER`, `MUELLE_ACME_CA_FILE`. */
  certbot: { image: string; server: string | undefined; authorityFile: string | undefined }
  /** What keeps backups: `MUELLE_RESTIC_IMAGE`, a restic of 0.19 or newer. */
  resticImage: string
  /** For apps that have no secret of their own for it: `MUELLE_SMTP_URL`, `MUELLE_SMTP_FROM`. */
  mailServer: { url: string | undefined; from: string | undefined }
  /** Names of private hosts that notifications may go to: `MUELLE_NOTIFY_PRIVATE_HOSTS`. */
  privateHosts: readonly string[]
  /** Address of GitHub's API, for the statuses of commits: `MUELLE_GITHUB_API`. */
  githubApi: string
  /** What the agent asks for each minute, for whoever misses it: `MUELLE_PING_URL`. */
  pingUrl: string | undefined
  /** Room that a build needs to start: `MUELLE_MIN_FREE_MB`. */
  minimumFreeBytes: number
  /** What the engine's build cache may take after a deployment, everyone's: `MUELLE_BUILD_CACHE_MB`. */
  buildCacheBytes: number | undefined
}

/** @throws MuelleError CONFIG_INVALID */
export function readInstallation(
  env: Readonly<Record<string, string | undefined>>,
  isRoot: boolean,
): Installation {
  const userState = env['XDG_STATE_HOME'] ?? join(env['HOME'] ?? '/tmp', '.local', 'state')
  const cache = number(env, 'MUELLE_BUILD_CACHE_MB', { usual: undefined, most: 1_000_000_000 })
  return {
    home: resolve(env['MUELLE_HOME'] ?? (isRoot ? '/var/lib/muelle' : join(userState, 'muelle'))),
    instance: env['MUELLE_INSTANCE'] ?? 'muelle',
    ports: {
      http: number(env, 'MUELLE_HTTP_PORT', { usual: 80, most: 65_535 }),
      https: number(env, 'MUELLE_HTTPS_PORT', { usual: 443, most: 65_535 }),
    },
    gatewayImage: env['MUELLE_GATEWAY_IMAGE'] ?? 'nginx:1.30',
    certbot: {
      image: env['MUELLE_CERTBOT_IMAGE'] ?? 'certbot/certbot:v5.5.0',
      server: env['MUELLE_ACME_SERVER'],
      authorityFile: env['MUELLE_ACME_CA_FILE'],
    },
    resticImage: env['MUELLE_RESTIC_IMAGE'] ?? 'restic/restic:0.19.1',
    mailServer: { url: env['MUELLE_SMTP_URL'], from: env['MUELLE_SMTP_FROM'] },
    privateHosts: (env['MUELLE_NOTIFY_PRIVATE_HOSTS'] ?? '').split(/[\s,]+/).filter((name) => name !== ''),
    githubApi: (env['MUELLE_GITHUB_API'] ?? usualApi).replace(/\/$/, ''),
    pingUrl: address(env, 'MUELLE_PING_URL'),
    minimumFreeBytes: number(env, 'MUELLE_MIN_FREE_MB', { usual: 1000, most: 1_000_000_000 }) * 1_000_000,
    buildCacheBytes: cache === undefined ? undefined : cache * 1_000_000,
  }
}

function address(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const value = env[name]
  if (value === undefined || /^https?:$/.test(URL.parse(value)?.protocol ?? '')) return value
  throw new MuelleError('CONFIG_INVALID', `${name} is no address of http or https.`, {
    hint: `Set it to one, such as https://example.com/ping, or unset it.`,
  })
}

function number<T extends number | undefined>(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  range: { usual: T; most: number },
): number | T {
  const value = env[name]
  if (value === undefined) return range.usual
  const parsed = Number(value)
  if (Number.isInteger(parsed) && parsed > 0 && parsed <= range.most) return parsed
  throw new MuelleError(
    'CONFIG_INVALID',
    `${name} is ${value}, which is no number from 1 to ${range.most}.`,
    {
      hint: `Set it to one, or unset it${range.usual === undefined ? '' : ` for ${range.usual}`}.`,
    },
  )
}
