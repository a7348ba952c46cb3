import { type App, wantsCertificate } from '../../app/app.ts'
import { production } from '../../app/environment.ts'
import { readLiveModel } from '../../deploy/live-model.ts'
import { observe } from '../../deploy/observe.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { CertificateFacts } from '../../gateway/certificates/read.ts'
import { type CliServices, type Command, flag } from '../command.ts'
import { findApps } from '../find-app.ts'
import { table } from '../render/format.ts'

interface Row {
  app: string
  domains: readonly string[]
  certificate: CertificateFacts | undefined
}

export const certificates: Command = {
  name: 'certificates',
  summary: 'Show the certificates that are served, or ask for the ones that are missing',
  arguments: [{ name: '[app]', description: 'an app or its folder (default: all apps)' }],
  options: [{ flags: '--renew', description: 'ask the authority now for what is missing or due' }],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle certificates', 'muelle certificates --renew --app shop'],
  run: async (input, io) => {
    const services = await io.services()
    const names = findApps(input, io, { store: services.store, named: input.args[0] })
    const apps = await Promise.all(names.map((name) => readLiveModel(name, services)))
    if (flag(input, 'renew')) for (const app of apps) await renew(app, services)
    const rows = await Promise.all(apps.map((app) => describe(app, services)))
    const { tellExpiring } = await import('../../gateway/certificates/tell.ts')
    const records = new Map(services.store.apps().map((record) => [record.name, record]))
    for (const [index, { name, settings }] of apps.entries()) {
      const environment = records.get(name)?.environment ?? production
      const { certificate, domains = [] } = rows[index] ?? {}
      await tellExpiring({ certificate, domains, now: new Date() }, { name, environment, settings }, services)
    }
    return { data: rows, text: show(rows.filter(({ domains }) => domains.length > 0)) }
  },
}

async function renew(app: App, services: CliServices): Promise<void> {
  const { certificates: authority, gateway } = services
  const { live } = await observe(app, services)
  if (!wantsCertificate(app) || live === undefined) return
  const obtained = await authority.obtain(gateway.podFor(app.entrance), app, { isUrgent: true })
  if (obtained.isThere) return
  throw new MuelleError('CERTIFICATE_FAILED', `There is no certificate for ${app.name}: ${obtained.why}.`, {
    hint: 'Each name has to lead to this machine, and port 80 to be open. Then run the same command again.',
  })
}

async function describe(app: App, { certificates: authority, gateway }: CliServices): Promise<Row> {
  const { entrance, name } = app
  const domains = entrance.kind === 'domains' ? entrance.domains : []
  return { app: name, domains, certificate: await authority.facts(gateway.podFor(entrance), app) }
}

function show(rows: readonly Row[]): string {
  if (rows.length === 0) return 'No app here has a domain.'
  return table([
    ['APP', 'DOMAINS', 'SIGNED BY', 'EXPIRES'],
    ...rows.map(({ app, domains, certificate }) => [
      app,
      domains.join(', '),
      describeIssuer(certificate),
      certificate?.expiresAt.slice(0, 10) ?? '-',
    ]),
  ])
}

/** In a few words, for people. */
export function describeIssuer(certificate: CertificateFacts | undefined): string {
  if (certificate === undefined) return 'none, http only'
  return certificate.isSelfSigned ? 'self-signed: browsers warn' : certificate.issuer
}
