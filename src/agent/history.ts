import { recordedServices } from '../backup/history/layout.ts'
import { readLiveModel } from '../deploy/live-model.ts'
import type { Services } from '../deploy/with-app.ts'

/** Puts the histories of all apps that keep one into their repositories; one that fails is told, and the others follow. */
export async function archiveAll(
  services: Services,
  { report, signal }: { report: (error: unknown) => void; signal: AbortSignal },
): Promise<void> {
  for (const { name } of services.store.apps()) {
    try {
      const app = await readLiveModel(name, services)
      if (app.settings.backups?.point_in_time === undefined || recordedServices(app).length === 0) continue
      const { archiveHistory } = await import('../backup/history/archive.ts')
      await archiveHistory(name, services, { signal, emit: () => undefined })
    } catch (error) {
      report(error)
    }
  }
}
