import type { App } from '../app/app.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { nextRelease, withScales } from './deploy.ts'
import { readLiveModel } from './live-model.ts'
import { observe } from './observe.ts'
import { planRestart } from './plan.ts'
import { planRenew } from './plan-renew.ts'
import { planScale, planScaleAnew } from './plan-scale.ts'
import type { Control } from './run.ts'
import type { Reach, Step } from './step.ts'
import { carryOut, type DeploymentResult, type Services, withApp } from './with-app.ts'

/** Restarts everything of the live release but its backing services, as a release of its own beside it. */
export async function restart(name: string, services: Services, control: Control): Promise<DeploymentResult> {
  return withApp(name, { services, control }, async () => {
    const { app, observed } = await observeLive(name, services)
    const release = nextRelease(name, observed, services)
    const steps = planRestart({ app, release }, observed)
    return carryOut({ app, kind: 'restart', release, steps, observed, replace: [] }, services, control)
  })
}

/** Restarts one service of the live release, or a backing service, which interrupts the app. @throws MuelleError USAGE */
export async function restartService(
  target: { name: string; service: string },
  services: Services,
  control: Control,
): Promise<DeploymentResult> {
  return withApp(target.name, { services, control }, async () => {
    const { app, observed, live } = await observeLive(target.name, services)
    const service = app.services.find(({ name }) => name === target.service)
    if (service === undefined || !restartable.has(service.role)) {
      throw new MuelleError('USAGE', `${target.service} cannot be restarted alone.`, {
        hint: `Restart all of the release:  muelle restart --app ${target.name}`,
      })
    }
    const steps = planRenew({ app, release: live, service, reach: await reachNow(app, services) })
    const title = `restart ${target.service}`
    return carryOut(
      { app, kind: 'restart', title, release: live, steps, observed, replace: [] },
      services,
      control,
    )
  })
}

/** Others hold the address of an internal one, and a job has ended. */
const restartable: ReadonlySet<string> = new Set(['web', 'worker', 'singleton', 'backing'])

/** Changes how many replicas of a service run, now and in later releases. @throws MuelleError USAGE */
export async function scale(
  target: { name: string; service: string; replicas: number },
  services: Services,
  control: Control,
): Promise<DeploymentResult> {
  return withApp(target.name, { services, control }, async () => {
    const { app, observed, live } = await observeLive(target.name, services)
    const service = app.services.find(({ name }) => name === target.service)
    if (service === undefined || !scalable.has(service.role)) {
      const names = app.services.filter(({ role }) => scalable.has(role)).map(({ name }) => name)
      throw new MuelleError('USAGE', `${target.service} cannot be scaled.`, {
        hint: `Services of ${target.name} that can: ${names.join(', ')}`,
      })
    }
    const size = { service, from: service.replicas, to: target.replicas }
    if (service.role === 'internal' && size.to !== size.from) {
      const release = nextRelease(target.name, observed, services)
      const next = withScales(app, { [service.name]: size.to })
      const steps = planScaleAnew({ app: next, release, ...size }, observed)
      return carryOut({ app: next, kind: 'scale', release, steps, observed, replace: [] }, services, control)
    }
    const reach = await reachNow(app, services)
    const steps = planScale({ release: live, ...size, reach, timeoutMs: app.settings.deploy_timeout })
    return carryOut({ app, kind: 'scale', release: live, steps, observed, replace: [] }, services, control)
  })
}

const scalable: ReadonlySet<string> = new Set(['web', 'internal', 'worker'])

/** Shows visitors the maintenance page, or lets them in again. */
export async function setMaintenance(
  target: { name: string; on: boolean },
  services: Services,
  control: Control,
): Promise<DeploymentResult> {
  return withApp(target.name, { services, control }, async () => {
    const { app, observed, live } = await observeLive(target.name, services)
    const reach = await reachNow(app, services)
    const was = services.store.isInMaintenance(target.name)
    const steps: Step[] = [{ kind: 'maintenance', release: live, on: target.on, was, reach }]
    return carryOut(
      { app, kind: 'maintenance', release: live, steps, observed, replace: [] },
      services,
      control,
    )
  })
}

/** @throws MuelleError APP_UNKNOWN or RELEASE_UNKNOWN */
async function observeLive(name: string, services: Services) {
  const app = await readLiveModel(name, services)
  const observed = await observe(app, services)
  const { live } = observed
  if (live !== undefined) return { app, observed, live }
  throw new MuelleError('RELEASE_UNKNOWN', `No release of ${name} is live.`, {
    hint: 'Deploy it:  muelle up',
  })
}

/** The releases that the gateway shows, as they are. */
async function reachNow({ name, entrance }: App, { gateway }: Services): Promise<Reach> {
  return { arms: await gateway.arms(gateway.podFor(entrance), name) }
}
