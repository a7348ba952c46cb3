import type { App } from '../../app/app.ts'
import type { Store } from '../../store/store.ts'
import { backupSettings } from '../contents.ts'
import { recordedServices } from './layout.ts'

/** What would be lost of the history of a server if this machine were lost now. */
export interface Loss {
  service: string
  /** Until when the repository has it, in ISO 8601; null when it has nothing yet. */
  archivedUntil: string | null
  lossSeconds: number | null
}

/** Of the servers whose history is kept. */
export function readLosses(app: App, store: Pick<Store, 'historyShippedAt'>, now: Date): Loss[] {
  if (backupSettings(app).point_in_time === undefined) return []
  return recordedServices(app).map((service) => {
    const archivedUntil = store.historyShippedAt(app.name, service) ?? null
    if (archivedUntil === null) return { service, archivedUntil, lossSeconds: null }
    return {
      service,
      archivedUntil,
      lossSeconds: Math.ceil((now.getTime() - Date.parse(archivedUntil)) / 1000),
    }
  })
}

/** What a person reads. */
export function describeLoss({ service, archivedUntil, lossSeconds }: Loss): string {
  return archivedUntil === null
    ? `nothing of ${service} is in the repository yet:  muelle backup`
    : `the repository has ${service} up to ${archivedUntil}; ${lossSeconds} s would be lost with this machine`
}
