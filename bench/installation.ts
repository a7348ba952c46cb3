import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { freePorts } from './ports.ts'

export const launcher = join(import.meta.dirname, '../muelle')

/** A Muelle of its own on this machine, with its own state, gateway and ports. */
export interface Installation {
  readonly instance: string
  readonly ports: { readonly http: number; readonly https: number }
  readonly env: Readonly<Record<string, string>>
  /**
   * Runs a command, with more environment where it is given; its stdout. `onLine` gets what it says meanwhile.
   * @throws when it fails
   */
  muelle(
    argv: readonly string[],
    more?: Readonly<Record<string, string>>,
    onLine?: (line: string) => void,
  ): Promise<string>
}

/** @param scratch a folder that holds its state, and is removed by the caller */
export async function createInstallation(scratch: string, interrupted: AbortSignal): Promise<Installation> {
  const [http = 0, https = 0] = await freePorts(2)
  const instance = `bench-${randomBytes(3).toString('hex')}`
  const env = {
    MUELLE_HOME: join(scratch, 'home'),
    MUELLE_INSTANCE: instance,
    MUELLE_HTTP_PORT: String(http),
    MUELLE_HTTPS_PORT: String(https),
  }
  return {
    instance,
    ports: { http, https },
    env,
    async muelle(argv, more = {}, onLine = () => undefined) {
      const options = { env: { ...env, ...more }, cancelSignal: interrupted, forceKillAfterDelay: 60_000 }
      const running = execa(launcher, argv, options)
      createInterface({ input: running.stderr }).on('line', onLine)
      return (await running).stdout
    },
  }
}
