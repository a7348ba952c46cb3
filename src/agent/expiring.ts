import { readLiveModel } from '../deploy/live-model.ts'
import type { Services } from '../deploy/with-app.ts'
import { tellExpiring } from '../gateway/certificates/tell.ts'

type Needs = Pick<Services, 'store' | 'files' | 'certificates' | 'gateway' | 'notifier'>

/**
 * Tells of each certificate that ends soon: also of those that nobody asks an authority for, and of those that an
 * authority no longer gives. The same is told once a week.
 */
export async function tellAllExpiring(
  services: Needs,
  { now, report }: { now: Date; report: (error: unknown) => void },
): Promise<void> {
  for (const { name, environment } of services.store.apps()) {
    try {
      const app = await readLiveModel(name, services)
      const domains = app.entrance.kind === 'domains' ? app.entrance.domains : []
      const certificate = await services.certificates.facts(services.gateway.podFor(app.entrance), app)
      const { settings } = app
      await tellExpiring({ certificate, domains, now }, { name, environment, settings }, services)
    } catch (error) {
      report(error)
    }
  }
}
