import { join } from 'node:path'
import { MuelleError } from './errors/muelle-error.ts'

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
}

/** @throws MuelleError CONFIG_INVALID */
export function readInstallation(
  env: Readonly<Record<string, string | undefined>>,
  isRoot: boolean,
): Installation {
  const userState = env['XDG_STATE_HOME'] ?? join(env['HOME'] ?? '/tmp', '.local', 'state')
  return {
    home: env['MUELLE_HOME'] ?? (isRoot ? '/var/lib/muelle' : join(userState, 'muelle')),
    instance: env['MUELLE_INSTANCE'] ?? 'muelle',
    ports: { http: port(env, 'MUELLE_HTTP_PORT', 80), https: port(env, 'MUELLE_HTTPS_PORT', 443) },
    gatewayImage: env['MUELLE_GATEWAY_IMAGE'] ?? 'nginx:1.30',
  }
}

function port(env: Readonly<Record<string, string | undefined>>, name: string, usual: number): number {
  const value = env[name]
  if (value === undefined) return usual
  const number = Number(value)
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number
  throw new MuelleError('CONFIG_INVALID', `${name} is ${value}, which is no port number.`, {
    hint: `Set it to a number from 1 to 65535, or unset it for ${usual}.`,
  })
}
