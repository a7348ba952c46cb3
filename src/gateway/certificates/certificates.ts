import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../../app/app.ts'
import type { Engine } from '../../engine/port.ts'
import type { Tls } from '../config/model.ts'
import type { Order } from '../config/renewal.ts'
import type { Pod } from '../pod.ts'
import { nextAttempt, noteFailure, readFailures } from './attempts.ts'
import { createCertbot } from './certbot.ts'
import { type CertbotOptions, lineages } from './certbot-arguments.ts'
import { readOwnFiles } from './own-files.ts'
import { type CertificateFacts, readCertificate, uncovered } from './read.ts'
import { ensureSelfSigned, installPem } from './self-signed.ts'

/** Whose host names a certificate is for. */
export type Owner = Pick<App, 'name' | 'directory' | 'entrance'>

/** The certificates that the gateway serves host names with. */
export interface Certificates {
  /** Looks at the files that the project names. @throws MuelleError CERTIFICATE_INVALID */
  check(app: Owner): Promise<void>
  /**
   * The files for an app's host names: its own, those of the authority, or one that Muelle signed until those are there.
   * @throws MuelleError CERTIFICATE_INVALID
   */
  have(pod: Pod, app: Owner): Promise<Tls | undefined>
  /** Asks the authority, if the app wants that and its certificate is not there yet; `isUrgent` asks in any case. */
  obtain(pod: Pod, app: Owner, options: { isUrgent: boolean }): Promise<Obtained>
  /** What is served now. */
  facts(pod: Pod, app: Owner): Promise<CertificateFacts | undefined>
  /** The key and chain that are served now, as one text, and how they are renewed. */
  copy(pod: Pod, app: Owner): Promise<CertificateCopy | undefined>
  /** Removes what there is of an app, and ends its renewals. */
  forget(pod: Pod, app: string): Promise<void>
}

export interface CertificateCopy {
  pem: string
  /** What is asked of the authority; undefined for a certificate that none renews. */
  order: Order | undefined
}

export type Obtained =
  | { isThere: true }
  | {
      isThere: false
      why: string
      /** Milliseconds since the epoch; not before, so that the authority's limits are kept. */
      nextAt: number | undefined
    }

export function createCertificates(
  engine: Engine,
  options: Omit<CertbotOptions, 'hasAuthority'> & { authorityFile: string | undefined },
): Certificates {
  const certbot = createCertbot(engine, options)
  return {
    check: async (app) => {
      await readOwnFiles(app)
    },

    have: async (pod, app) => {
      const { entrance } = app
      if (entrance.kind === 'port' || entrance.tls === 'off') return undefined
      const own = await readOwnFiles(app)
      const file = own === undefined ? fileOf(app) : `${app.name}-${digest(own)}.pem`
      const path = join(pod.folder, 'tls', file)
      if (own === undefined) await ensureSelfSigned(path, entrance.domains)
      else await installPem(path, own)
      const port = pod.publish.find(({ containerPort }) => containerPort === 443)?.hostPort ?? 443
      return {
        certificate: file,
        key: file,
        ...(orderOf(app) === undefined ? {} : { challenged: true }),
        ...(port === 443 ? {} : { port }),
      }
    },

    obtain: async (pod, app, { isUrgent }) => {
      const order = orderOf(app)
      if (order === undefined || (await isGood(pod, order))) return { isThere: true }
      const failures = failuresFile(pod, app.name)
      const nextAt = nextAttempt(await readFailures(failures), Date.now())
      if (nextAt !== undefined && !isUrgent) {
        return { isThere: false, why: (await readFailures(failures)).at(-1)?.why ?? '', nextAt }
      }
      const why = await certbot.order(pod, order)
      if (why === undefined) return { isThere: true }
      await noteFailure(failures, { at: Date.now(), why })
      return { isThere: false, why, nextAt: nextAttempt(await readFailures(failures), Date.now()) }
    },

    facts: async (pod, app) => {
      const tls = await certificateOf(pod, app)
      return tls === undefined ? undefined : readCertificate(tls)
    },

    copy: async (pod, app) => {
      const pem = await certificateOf(pod, app)
      return pem === undefined ? undefined : { pem, order: orderOf(app) }
    },

    forget: async (pod, app) => {
      await certbot.forget(pod, lineages(app))
      const folder = join(pod.folder, 'tls')
      const own = (await readdir(folder).catch(() => [])).filter((name) => isOf(name, app))
      await Promise.all(own.map((name) => rm(join(folder, name), { force: true })))
      await rm(failuresFile(pod, app), { force: true })
    },
  }
}

/** What to ask the authority for; undefined when the app wants no certificate of one. */
function orderOf(app: Owner): Order | undefined {
  const { name, entrance } = app
  if (entrance.kind === 'port' || typeof entrance.tls === 'string' || !('email' in entrance.tls))
    return undefined
  const { email, staging } = entrance.tls
  return { app: name, domains: entrance.domains, email, staging, file: fileOf(app) }
}

/** A file for each set of host names, and one for each kind of authority. */
function fileOf({ name, entrance }: Owner): string {
  if (entrance.kind === 'port') throw new Error(`${name} has no host names`)
  const { domains, tls } = entrance
  const kind = typeof tls === 'string' || !('email' in tls) ? '' : tls.staging ? '-staging' : '-acme'
  return `${name}-${digest(domains.join(' '))}${kind}.pem`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

function isOf(file: string, app: string): boolean {
  return (
    file.startsWith(`${app}-`) && /^[0-9a-f]{8}(?:-acme|-staging)?\.pem$/.test(file.slice(app.length + 1))
  )
}

async function isGood(pod: Pod, { domains, file }: Order): Promise<boolean> {
  const pem = await readFile(join(pod.folder, 'tls', file), 'utf8').catch(() => undefined)
  if (pem === undefined) return false
  const facts = readCertificate(pem)
  return (
    !facts.isSelfSigned && Date.parse(facts.expiresAt) > Date.now() && uncovered(facts, domains).length === 0
  )
}

async function certificateOf(pod: Pod, app: Owner): Promise<string | undefined> {
  const { entrance } = app
  if (entrance.kind === 'port' || entrance.tls === 'off') return undefined
  const own = await readOwnFiles(app).catch(() => undefined)
  return own ?? readFile(join(pod.folder, 'tls', fileOf(app)), 'utf8').catch(() => undefined)
}

function failuresFile(pod: Pod, app: string): string {
  return join(pod.folder, 'tls', `${app}.failures.json`)
}
