import { type App, releasedServices, type Service } from '../../app/app.ts'
import type { Container, Project } from '../../engine/port.ts'
import { MuelleError, recode } from '../../errors/muelle-error.ts'
import { releaseService } from '../../release/names.ts'
import { commandService } from '../../release/render.ts'
import type { Context, Operation } from '../operation.ts'
import { onPrevious } from '../previous.ts'
import type { StepOf } from '../step.ts'
import { leaveEdge, startContainers } from './edge.ts'
import { webContainers } from './ready.ts'
import { removeBeyond } from './replicas.ts'
import { drain } from './traffic.ts'

interface Services {
  release: number
  services: readonly string[]
}

export const command: Operation<StepOf<'command'>> = {
  run: async ({ release, index, command: words }, context) => {
    const { app, engine, files, store } = context
    store.noteTouchedData(app.name, release)
    const line = [words].flat().join(' ')
    await engine.runOnce(files.release(app, release), commandService(index), context).catch(
      recode('DOCKER_COMMAND_FAILED', (cause) => {
        return new MuelleError('RELEASE_COMMAND_FAILED', `The release command failed: ${line}`, {
          hint: `${onPrevious('Traffic stays', context)}Mend the command or the code and run the same command again.`,
          log: cause.log.slice(-15),
          cause,
        })
      }),
    )
  },
}

export const create: Operation<StepOf<'create'>> = {
  neededBy: ['start', 'grow'],
  run: async ({ release, services, replicas = {} }, context) => {
    const { app, engine, files } = context
    const project = files.release(app, release)
    const scale = Object.fromEntries(
      Object.entries(replicas).map(([name, count]) => [releaseService(name, release), count]),
    )
    await engine
      .create(project, keys(services, release), { ...context, scale })
      .catch(explain(release, project))
    await leaveEdge(await webContainers(context, release), context)
  },
  undo: async ({ release, replicas }, context) => {
    const { app, engine, files } = context
    if (replicas === undefined) return engine.down(files.release(app, release), {})
    for (const { name, replicas: before } of releasedServices(app)) {
      if (name in replicas) await removeBeyond({ release, service: name, to: before }, context)
    }
  },
}

export const start: Operation<StepOf<'start'>> = {
  run: startServices,
  undo: async (step, context) => {
    const { app } = context
    if (step.services.includes(app.web.service))
      await drain(context, await webContainers(context, step.release))
    await stopServices(step, context)
  },
}

export const stop: Operation<StepOf<'stop'>> = {
  run: stopServices,
  undo: startServices,
}

async function startServices({ release, services }: Services, context: Context): Promise<void> {
  const { app, engine, files } = context
  const project = files.release(app, release)
  await refuseSecondSingleton({ release, services }, context)
  const containers = await engine.containers({ app: app.name })
  const replicas = (service: string) =>
    containers.filter((container) => container.release === release && container.service === service)
  // Compose starts one container after the other; those that wait for nobody can start at once.
  const atOnce = releasedServices(app)
    .filter((service) => services.includes(service.name) && waitsForNobody(service, app))
    .filter((service) => replicas(service.name).length >= service.replicas)
    .map(({ name }) => name)
  const others = services.filter((name) => !atOnce.includes(name))
  try {
    await startContainers(atOnce.flatMap(replicas), context)
    if (others.length === 0) return
    await engine.up(project, keys(others, release), context)
    if (others.includes(app.web.service))
      await startContainers(await webContainers(context, release), context)
  } catch (error) {
    explain(release, project)(error)
  }
}

async function stopServices({ release, services }: Services, context: Context): Promise<void> {
  const { app, engine, files } = context
  await engine.stop(files.release(app, release), keys(services, release), context)
}

/** Two schedulers would run every job twice, so what another release still runs is not started, whatever the plan. */
async function refuseSecondSingleton(
  { release, services }: Services,
  { app, engine }: Context,
): Promise<void> {
  const findRunning = async (): Promise<Container | undefined> => {
    const containers = await engine.containers({ app: app.name })
    return containers.find(
      (each) =>
        each.role === 'singleton' &&
        each.running &&
        each.release !== release &&
        services.includes(each.service),
    )
  }
  if ((await findRunning()) === undefined) return
  await engine.refreshList(app.name)
  const running = await findRunning()
  if (running === undefined) return
  throw new MuelleError('START_FAILED', `${running.name} still runs, and there must be only one.`, {
    hint: `Stop it:  docker stop ${running.name}   Then run the same command again.`,
  })
}

function waitsForNobody({ definition }: Service, app: App): boolean {
  const siblings = releasedServices(app).map(({ name }) => name)
  const named = [...Object.keys(definition.depends_on ?? {}), String(definition['network_mode'] ?? '')]
  return !siblings.some((sibling) => named.includes(sibling) || named.includes(`service:${sibling}`))
}

function explain(release: number, project: Project): (error: unknown) => never {
  return recode('DOCKER_COMMAND_FAILED', (cause) => {
    return new MuelleError('START_FAILED', `Release ${release} could not be started.`, {
      hint: `Its Compose file is ${project.file}`,
      log: cause.log.slice(-15),
      cause,
    })
  })
}

function keys(services: readonly string[], release: number): string[] {
  return services.map((service) => releaseService(service, release))
}
