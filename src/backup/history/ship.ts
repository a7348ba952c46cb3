import type { Context } from '../../deploy/operation.ts'
import { backupSettings } from '../contents.ts'
import { repositoryOf } from '../operations/keep.ts'
import { historyVolume, recordedServices } from './layout.ts'
import { ensureReceiver } from './receiver.ts'

/** Puts what was received so far into the repository; afterwards the loss of this machine loses nothing of it. */
export async function ship(context: Context): Promise<void> {
  const { app, store } = context
  const services = recordedServices(app)
  for (const service of services) await ensureReceiver(service, context)
  const at = new Date().toISOString()
  const repository = await repositoryOf(context)
  const volumes = services.map((service) => ({ service, volume: historyVolume(app.name, service) }))
  await repository.keepHistory(volumes, { ...context, limit: backupSettings(app).limit })
  for (const service of services) store.shipHistory(app.name, service, at)
}
