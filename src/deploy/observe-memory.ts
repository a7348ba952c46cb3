import type { App } from '../app/app.ts'
import type { Engine } from '../engine/port.ts'
import { estimateMemory, isDoubled, type Memory, type Reading } from './memory.ts'
import type { Observed } from './observed.ts'

/** @returns undefined when no second set will run, or when the memory of the engine's machine cannot be seen from here */
export async function observeMemory(
  app: App,
  observed: Observed,
  engine: Engine,
): Promise<Memory | undefined> {
  if (!isDoubled(app, observed)) return undefined
  const [available, containers] = await Promise.all([
    engine.availableMemory(),
    engine.containers({ app: app.name }),
  ])
  if (available === undefined) return undefined
  const running = containers.filter((container) => container.running && container.release !== undefined)
  const readings = running.map(async ({ id, release, service }): Promise<Reading[]> => {
    const bytes = await engine.memoryOf(id)
    return bytes === undefined ? [] : [{ release, service, bytes }]
  })
  return estimateMemory(app, {
    live: observed.live,
    readings: (await Promise.all(readings)).flat(),
    available,
  })
}
