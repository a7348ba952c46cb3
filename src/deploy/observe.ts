import type { App } from '../app/app.ts'
import type { Engine } from '../engine/port.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Store } from '../store/store.ts'
import type { Observed } from './observed.ts'
import type { StandingRelease } from './step.ts'

/** Looks at what is there, rather than at what should be there. */
export async function observe(
  app: Pick<App, 'name' | 'entrance'>,
  { engine, gateway, store }: { engine: Engine; gateway: Gateway; store: Store },
): Promise<Observed> {
  const standing = new Map<number, { webs: number; workers: Set<string>; singletons: Set<string> }>()
  for (const { release, role, service, running } of await engine.containers({ app: app.name })) {
    if (release === undefined) continue
    const entry = standing.get(release) ?? { webs: 0, workers: new Set(), singletons: new Set() }
    standing.set(release, entry)
    if (running && role === 'web') entry.webs++
    if (running && role === 'worker') entry.workers.add(service)
    if (running && role === 'singleton') entry.singletons.add(service)
  }
  const live = await gateway.live(gateway.podFor(app.entrance), app.name)
  const kept = store.releases(app.name).filter(({ state }) => state === 'live' || state === 'superseded')
  return {
    live: live !== undefined && standing.has(live) ? live : undefined,
    standing: [...standing]
      .map(
        ([number, { webs, workers, singletons }]): StandingRelease => ({
          number,
          webs,
          workers: [...workers],
          singletons: [...singletons],
        }),
      )
      .sort((a, b) => a.number - b.number),
    kept: kept.map(({ number }) => number),
  }
}
