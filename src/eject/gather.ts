import type { App } from '../app/app.ts'
import { production } from '../app/environment.ts'
import { observe } from '../deploy/observe.ts'
import type { Services } from '../deploy/with-app.ts'
import { MuelleError, recode } from '../errors/muelle-error.ts'
import { releaseService } from '../release/names.ts'
import { withLease } from '../store/lease.ts'
import type { Ejection } from './ejection.ts'
import { ejectedImages } from './images.ts'

/** What of an installation an app takes along. */
export interface EjectServices
  extends Pick<Services, 'engine' | 'gateway' | 'certificates' | 'store' | 'files' | 'secrets'> {
  ports: { http: number; https: number }
  gatewayImage: string
  certbotImage: string
  acmeServer: string | undefined
}

/**
 * Reads what is live of an app, while nobody deploys it, and gives its images names that `muelle down` leaves alone.
 * @throws MuelleError LOCKED while a deployment runs or waits to be brought to an end; RELEASE_UNKNOWN when none is live
 */
export async function gather(model: App, services: EjectServices): Promise<Ejection> {
  const { store } = services
  const { name } = model
  return withLease(store, name, async () => {
    if (store.unfinished(name).length > 0) throw unfinished(name)
    const ejection = await read(model, services)
    await nameImages(ejection, services)
    return ejection
  }).catch(
    recode('LOCKED', (error) =>
      error.hint?.includes('muelle recover') === true ? error : busy(name, error, services),
    ),
  )
}

async function read(model: App, services: EjectServices): Promise<Ejection> {
  const { certificates, gateway, files, ports } = services
  const { live } = await observe(model, services)
  const app = live === undefined ? undefined : await files.readModel(model.name, live)
  if (live === undefined || app === undefined) {
    throw new MuelleError(
      'RELEASE_UNKNOWN',
      `No release of ${model.name} is live, so there is none to take along.`,
      {
        hint: `Deploy it first:  muelle up ${model.directory}`,
      },
    )
  }
  const held = await services.secrets.read(app.name)
  const certificate = await certificates.copy(gateway.podFor(app.entrance), app)
  refuseWithoutCertificate(app, certificate !== undefined)
  return {
    app,
    environment: services.store.apps().find(({ name }) => name === app.name)?.environment ?? production,
    release: live,
    replicas: await readReplicas(app, live, services),
    ports,
    images: { gateway: services.gatewayImage, certbot: services.certbotImage },
    certificate,
    acmeServer: services.acmeServer,
    secrets: new Map([...held].map(([name, { value }]) => [name, value])),
  }
}

async function readReplicas(app: App, release: number, { files }: EjectServices) {
  const rendered = await files.read(files.release(app, release))
  const entries = app.services.flatMap(({ name }) => {
    const replicas = rendered?.services[releaseService(name, release)]?.deploy?.replicas
    return replicas === undefined ? [] : [[name, replicas] as const]
  })
  return Object.fromEntries(entries)
}

async function nameImages({ app, release }: Ejection, { engine, store }: EjectServices): Promise<void> {
  const ids = store.releases(app.name).find(({ number }) => number === release)?.images ?? {}
  for (const { tag, builder } of ejectedImages(app)) {
    const id = ids[builder]
    if (id !== undefined && (await engine.imageId(id)) !== undefined) await engine.tagImage(id, tag)
  }
}

function refuseWithoutCertificate({ name, directory, entrance }: App, isThere: boolean): void {
  if (isThere || entrance.kind === 'port' || entrance.tls === 'off') return
  throw new MuelleError('CERTIFICATE_INVALID', `The certificate of ${name} cannot be read.`, {
    hint: `Have it made again:  muelle up ${directory}`,
  })
}

function unfinished(name: string): MuelleError {
  return new MuelleError('LOCKED', `A deployment of ${name} died half-way.`, {
    hint: `Bring it to an end:  muelle recover ${name}   Then run the same command again.`,
  })
}

function busy(name: string, error: MuelleError, { store }: EjectServices): MuelleError {
  const steps = store.unfinished(name).flatMap(({ plan }) => plan as readonly { kind: string }[])
  if (!steps.some(({ kind }) => kind === 'judge')) return error
  return new MuelleError('LOCKED', `A canary of ${name} is under way, so two releases have visitors.`, {
    hint: `Let it go on:  muelle canary promote ${name}   or take it back with Ctrl-C where it runs.`,
    cause: error,
  })
}
