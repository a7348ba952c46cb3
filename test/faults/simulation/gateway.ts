import type { Share } from '../../../src/gateway/config/model.ts'
import type { Presence } from '../../../src/gateway/presence.ts'

interface Shown {
  release: number
  /** When nginx has the address of each server, by name: it asks after a reload, and keeps those that it has. */
  servers: ReadonlyMap<string, number>
}

/** On a busy machine; else some milliseconds. */
const resolvesMs = 1000

/** What the simulated nginx was told. */
export class SimGateway {
  arms: readonly Shown[] = []
  share: Share | undefined
  live: number | undefined
  /** Visitors see the maintenance page. */
  isClosed = false
  /** nginx runs; Docker does not always start it again with everything else. */
  isUp = true

  /** What of an app it can reach, from a moment on; without, nothing. */
  show({ arms, share, site }: Partial<Presence>, moment: { now: number; random(): number }): void {
    this.arms = (arms ?? []).map(({ release, servers }) => {
      const before = this.serversOf(release)
      const knownAt = (name: string) => before.get(name) ?? moment.now + moment.random() * resolvesMs
      return { release, servers: new Map(servers.map((name) => [name, knownAt(name)])) }
    })
    this.share = share
    this.isClosed = site?.maintenance === true
  }

  serversOf(release: number): Shown['servers'] {
    return this.arms.find((arm) => arm.release === release)?.servers ?? new Map()
  }

  /** Whether nginx has the address of a server. */
  knows(release: number, server: string, now: number): boolean {
    return now >= (this.serversOf(release).get(server) ?? Number.POSITIVE_INFINITY)
  }
}
