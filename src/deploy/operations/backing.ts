import { createHash } from 'node:crypto'
import { backingServices } from '../../app/app.ts'
import type { ComposeFile, ComposeService } from '../../app/compose.ts'
import { knownHealthCommand } from '../../app/health.ts'
import type { Container } from '../../engine/port.ts'
import { MuelleError, recode } from '../../errors/muelle-error.ts'
import { edgeNetwork, labels } from '../../release/names.ts'
import { type ImageGroup, renderBase } from '../../release/render.ts'
import { fillIn, variablesIn } from '../../secrets/references.ts'
import type { StoredSecret } from '../../secrets/vault.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { within } from '../wait.ts'
import { imageIds } from './record.ts'

/** A large database may replay its log for minutes before it answers. */
const healthyWithinMs = 300_000

export const backing: Operation<StepOf<'backing'>> = {
  run: async ({ services, groups }, context) => {
    await haveNetworksAndVolumes(context)
    const base = await renderCurrentBase(context, groups)
    const last = await context.files.readBase(context.app)
    const values = await context.secrets.read(context.app.name)
    const running = (await containersOf(context)).filter((container) => container.running)
    const changed = services.filter((name) =>
      running.some(({ service, definition }) => {
        // A container from before there was the label was made from what was noted then.
        const own = definition ?? digestOf(last?.services[name])
        return service === name && !isMadeFrom(own, base.services[name], values)
      }),
    )
    refuseUnagreed(
      context,
      changed.filter((name) => running.some((container) => container.service === name)),
    )
    tellAboutLeftovers(context, last, base)

    const wanted = services.filter(
      (name) =>
        changed.includes(name) ||
        !running.some((container) => container.service === name) ||
        (context.replace.includes(name) && variablesIn(base.services[name]).length > 0),
    )
    if (wanted.length > 0) await start(context, base, wanted)
    await Promise.all((await containersOf(context)).map((container) => untilHealthy(container, context)))
  },
}

export const cycle: Operation<StepOf<'cycle'>> = {
  run: async ({ service }, context) => {
    const { engine } = context
    for (const { id } of await containersOf(context, service)) await engine.stopContainer(id)
    await startAgain(service, context)
  },
  undo: ({ service }, context) => startAgain(service, context),
}

async function startAgain(service: string, context: Context): Promise<void> {
  for (const { id } of await containersOf(context, service)) await context.engine.start(id)
  await Promise.all((await containersOf(context, service)).map((each) => untilHealthy(each, context)))
}

async function haveNetworksAndVolumes({ app, engine }: Context): Promise<void> {
  const lasting = (things: ComposeFile['networks'] | ComposeFile['volumes']) =>
    Object.entries(things ?? {})
      .filter(([, thing]) => thing?.external !== true)
      .map(([key, thing]) => ({
        key,
        app: app.name,
        name: thing?.name ?? `${app.name}_${key}`,
        ...(thing?.driver === undefined ? {} : { driver: thing.driver }),
        ...(thing?.driver_opts === undefined ? {} : { driverOpts: thing.driver_opts }),
        ...(thing?.['internal'] === true ? { internal: true } : {}),
      }))
  const edge = { name: edgeNetwork(app.name), key: 'edge', app: app.name }
  await Promise.all([
    ...[...lasting(app.file.networks), edge].map((network) => engine.ensureNetwork(network)),
    ...lasting(app.file.volumes).map((volume) => engine.ensureVolume(volume)),
  ])
}

/** Images are named as in the file, but those that are built here are pinned. */
async function renderCurrentBase({ app, engine, instance }: Context, groups: readonly ImageGroup[]) {
  const built = backingServices(app).filter((service) => service.definition.build !== undefined)
  const images = await imageIds(engine, built, groups)
  return withDigests(renderBase(app, { images, instance }))
}

function containersOf({ app, engine }: Context, service?: string): Promise<Container[]> {
  const which = service === undefined ? {} : { service }
  return engine.containers({ app: app.name, role: 'backing', ...which })
}

/** Each service with the digest of its definition as a label, so that what runs can be compared with what is wanted. */
function withDigests(base: ComposeFile): ComposeFile {
  const services = Object.entries(base.services).map(([name, service]) => {
    const digest = { [labels.definition]: digestOf(service) }
    return [name, { ...service, labels: { ...service.labels, ...digest } }] as const
  })
  return { ...base, services: Object.fromEntries(services) }
}

/** Labels are left out: they are Muelle's own, and a newer Muelle may add some. */
function digestOf(service: ComposeService | undefined): string {
  const { labels: own, ...definition } = service ?? {}
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 16)
}

/**
 * What a value is does not count where the file has a secret. Where a container is from before the value became one, its
 * definition had the value itself, and is the same when that is.
 */
function isMadeFrom(
  digest: string,
  service: ComposeService | undefined,
  values: ReadonlyMap<string, StoredSecret>,
): boolean {
  if (service === undefined || digest === digestOf(service)) return service !== undefined
  return digest === digestOf(fillIn(service, values))
}

function refuseUnagreed({ replace }: Context, changed: readonly string[]): void {
  const [name] = changed.filter((service) => !replace.includes(service))
  if (name === undefined) return
  throw new MuelleError(
    'BACKING_CHANGED',
    `The definition of ${name} changed. Applying it stops the service for a moment.`,
    { hint: `Agree to it with the same command and  --replace ${name}   or put its definition back.` },
  )
}

function tellAboutLeftovers({ note }: Context, last: ComposeFile | undefined, next: ComposeFile): void {
  const gone = Object.keys(last?.services ?? {}).filter((name) => !(name in next.services))
  for (const name of gone) {
    note(`${name} is no longer in the file. It was left running: docker stop ${next.name}-${name}-1`)
  }
}

async function start(context: Context, base: ComposeFile, services: readonly string[]): Promise<void> {
  const { app, engine, files } = context
  const project = files.base(app)
  await files.write(project, base)
  await engine.up(project, services, context).catch(
    recode('DOCKER_COMMAND_FAILED', (error) => {
      return new MuelleError('BACKING_FAILED', `${services.join(', ')} could not be started.`, {
        hint: `See more:  docker compose -p ${project.name} logs`,
        log: error.log,
        cause: error,
      })
    }),
  )
  await files.keepBase(base)
}

/** Asks the service itself, unless Docker knows: its first look comes after an interval, often 30 s. */
export async function untilHealthy(container: Container, context: Context): Promise<void> {
  if (container.status.includes('(healthy)')) return
  const { engine, clock, signal, app } = context
  const service = app.file.services[container.service] ?? {}
  const questions = [await engine.healthCommand(container.id), knownHealthCommand(service)].flatMap(
    (command) => (command === undefined ? [] : [command]),
  )
  const answers = async (): Promise<boolean> => {
    for (const question of questions) {
      const result = await engine.exec(container.id, question).catch(() => ({ exitCode: 1 }))
      if (result.exitCode !== 0) return false
    }
    return true
  }
  const limit = { timeoutMs: healthyWithinMs, everyMs: 250, clock, signal }
  const healthy = await within(limit, async () => {
    if (await answers()) return true
    const { service, role } = container
    const [now] = await engine.containers({ app: app.name, service, role })
    return now?.running === true ? undefined : false
  })
  if (healthy === true) return
  throw new MuelleError('BACKING_FAILED', `${container.service} did not become healthy.`, {
    hint: `See more:  docker logs ${container.name}`,
    log: await engine.logs(container.id, 15),
    container: container.id,
  })
}
