import { readLiveModel } from '../../deploy/live-model.ts'
import type { Control } from '../../deploy/run.ts'
import { contextOf, type Services } from '../../deploy/with-app.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { backupSettings } from '../contents.ts'
import { recordedServices } from './layout.ts'
import { ship } from './ship.ts'

/**
 * Puts what the histories of an app hold into its repository. Beside whatever else is done to the app: it changes nothing
 * of it.
 * @returns until when the repository has each, in ISO 8601. @throws MuelleError USAGE when the app keeps none
 */
export async function archiveHistory(
  name: string,
  services: Services,
  control: Control,
): Promise<{ service: string; shippedAt: string | undefined }[]> {
  const app = await readLiveModel(name, services)
  const recorded = recordedServices(app)
  if (backupSettings(app).point_in_time === undefined || recorded.length === 0) {
    throw new MuelleError('USAGE', `${name} keeps no history.`, {
      hint: 'Write, for a PostgreSQL server:  x-muelle: {backups: {point_in_time: 7}}   then:  muelle up',
    })
  }
  const context = contextOf(app, services, { control, replace: [] })
  await ship({ ...context, signal: control.signal, onLine: () => undefined })
  return recorded.map((service) => ({ service, shippedAt: services.store.historyShippedAt(name, service) }))
}
