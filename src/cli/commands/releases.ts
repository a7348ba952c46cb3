import { readLiveModel } from '../../deploy/live-model.ts'
import { observe } from '../../deploy/observe.ts'
import type { Command } from '../command.ts'
import { findApp } from '../find-app.ts'
import { table } from '../render/format.ts'

export const releases: Command = {
  name: 'releases',
  summary: 'List the releases of an app, newest first',
  arguments: [{ name: '[app]', description: 'an app or its folder (default: the current folder)' }],
  isAboutApp: true,
  returnsData: true,
  run: async (input, io) => {
    const services = await io.services()
    const name = findApp(input, io, { store: services.store, named: input.args[0] })
    const observed = await observe(await readLiveModel(name, services), services)
    const standing = new Set(observed.standing.map(({ number }) => number))
    const rows = services.store.releases(name).map((release) => ({
      number: release.number,
      state: describeState(release.state, {
        isLive: release.number === observed.live,
        isStanding: standing.has(release.number),
      }),
      createdAt: release.createdAt,
      commit: release.commit,
      restorePoint: release.restorePoint,
      allowed: services.store.allowed(name, release.number),
    }))
    return {
      data: rows,
      text: table([
        ['RELEASE', 'STATE', 'CREATED', 'COMMIT'],
        ...rows.map((row) => [String(row.number), row.state, row.createdAt, row.commit ?? '-']),
      ]),
    }
  },
}

/** `warm`: its containers run, so a rollback to it takes no start; `kept`: its image and file are here. */
function describeState(state: string, now: { isLive: boolean; isStanding: boolean }): string {
  if (now.isLive) return 'live'
  if (state !== 'superseded') return state
  return now.isStanding ? 'warm' : 'kept'
}
