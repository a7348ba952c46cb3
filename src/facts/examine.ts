import { check, type RuledFinding } from '../check/check.ts'
import type { Facts } from '../check/facts.ts'
import type { Engine } from '../engine/port.ts'
import type { Emit } from '../events/events.ts'
import type { AppFiles } from '../release/files.ts'
import type { Store } from '../store/store.ts'
import { askDjango } from './django.ts'
import { readImages } from './images.ts'

export interface Examination {
  findings: RuledFinding[]
  /** What could not be looked at, and why. */
  notChecked: readonly string[]
}

/** Asks the rules on all that is to be known: the files, the images that are here, and Django in its own. */
export async function examine(
  files: Facts,
  services: { engine: Engine; files: AppFiles; instance: string; store: Store },
  { emit, signal }: { emit: Emit; signal: AbortSignal },
): Promise<Examination> {
  const known = { ...files, images: await readImages(files.app, services) }
  emit({ type: 'note', message: `Checking ${files.app.name}, Django in its image included` })
  const { django, reason } = await askDjango(known, services, signal)
  return {
    findings: check({ ...known, django }),
    notChecked: reason === undefined ? [] : [reason],
  }
}
