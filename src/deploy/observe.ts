import type { App } from '../app/app.ts'
import type { Engine } from '../engine/port.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Store } from '../store/store.ts'
import type { Observed, StandingRelease } from './plan.ts'

/** Looks at what is there, rather than at what should be there. */
export async function observe(
  app: Pick<App, 'name' | 'entrance'>,
  { engine, gateway, store }: { engine: Engine; gateway: Gateway; store: Store },
): Promise<Observed> {
  const standing = new Map<number, { workers: Set<string>; singletons: Set<string> }>()
  for (const { release, role, service, running } of await engine.containers({ app: app.name })) {
    if (release === undefined) continue
    const entry = standing.get(release) ?? { workers: new Set(), singletons: new Set() }
    standing.set(release, entry)
    if (running && role === 'worker') entry.workers.add(service)
    if (running && role === 'singleton') entry.singletons.add(service)
  }
  const live = await gateway.live(gateway.podFor(app.entrance), app.name)
  const kept = store.releases(app.name).filter(({ state }) => state === 'live' || state === 'superseded')
  return {
    live: live !== undefined && standing.has(live) ? live : undefined,
    standing: [...standing]
      .map(
        ([number, { workers, singletons }]): StandingRelease => ({
          number,
          workers: [...workers],
          singletons: [...singletons],
        }),
      )
      .sort((a, b) => a.number - b.number),
    kept: kept.map(({ number }) => number),
  }
}
