import { readUpdateConfig } from '../../app/update-config.ts'
import type { Reach, StandingRelease, Step } from '../step.ts'
import { type Move, reachOf, switchTo, untilReady, webReplicas } from './traffic.ts'

/**
 * Replica by replica, so that the app never needs twice its memory: some new ones start and get their part of the
 * traffic, as many old ones are drained and stop. `deploy.update_config` of the web service says how many at a time,
 * with what pause, how long they are watched and how many may fail meanwhile, and whether the old ones stop first; the
 * last old one never does.
 */
export function rolling(move: Move, old: StandingRelease): Step[] {
  const { app, release } = move
  const all = webReplicas(app)
  const update = readUpdateConfig(app.file.services[app.web.service] ?? {})
  const { parallelism, monitorMs, maxFailureRatio } = update
  const stopsFirst = update.stopsFirst && old.webs > 1
  // Replicas are watched during the pause that follows, not before it.
  const pauseMs = Math.max(0, update.delayMs - monitorMs)
  const tolerated = Math.floor(all * maxFailureRatio + rounding)
  const reach = (split: Split): Reach => reachOfSplit(split, { old: old.number, new: release })
  const growTo = (before: Split, after: Split): Step[] => [
    { kind: 'grow', release, service: app.web.service, from: before.new, to: after.new },
    untilReady(move, after.new),
    { kind: 'stage', release, reach: reach(after), before: reach(before) },
    ...(monitorMs > 0
      ? [{ kind: 'monitor', release, replicas: after.new, forMs: monitorMs, tolerated } as const]
      : []),
  ]
  const shrinkTo = (before: Split, after: Split): Step[] => {
    if (before.old === after.old) return []
    const [from, to] = [before.old, after.old]
    return [{ kind: 'shrink', release: old.number, from, to, reach: reach(after), before: reach(before) }]
  }
  return batches({ old: old.webs, all, parallelism }).flatMap(({ from, to }): Step[] => {
    const delay: Step[] = from.new > 0 && pauseMs > 0 ? [{ kind: 'pause', forMs: pauseMs }] : []
    if (to.old === 0) {
      const both = { new: to.new, old: from.old }
      return [...delay, ...growTo(from, both), ...switchTo(move), ...shrinkTo(both, to)]
    }
    const middle = stopsFirst ? { new: from.new, old: to.old } : { new: to.new, old: from.old }
    return stopsFirst
      ? [...delay, ...shrinkTo(from, middle), ...growTo(middle, to)]
      : [...delay, ...growTo(from, middle), ...shrinkTo(middle, to)]
  })
}

/** A share such as 0.29 of 100 is a little less than 29 to a computer. */
const rounding = 1e-9

/** Web replicas that run and are shown to the gateway. */
interface Split {
  new: number
  old: number
}

/** As many old replicas stay as there are new ones to come, and one until the last of them. */
function batches({ old, all, parallelism }: { old: number; all: number; parallelism: number }) {
  const result: { from: Split; to: Split }[] = []
  for (let from: Split = { new: 0, old }; from.new < all; ) {
    const grown = Math.min(all, from.new + parallelism)
    const left = grown === all ? 0 : Math.max(1, Math.min(from.old, Math.ceil((old * (all - grown)) / all)))
    const to = { new: grown, old: left }
    result.push({ from, to })
    from = to
  }
  return result
}

/** Each new replica gets what each old one gets. */
function reachOfSplit(split: Split, releases: { old: number; new: number }): Reach {
  const shown = (['old', 'new'] as const).filter((side) => split[side] > 0)
  const replicas = Object.fromEntries(shown.map((side) => [releases[side], split[side]]))
  const reach = { ...reachOf(...shown.map((side) => releases[side])), replicas }
  if (shown.length < 2) return reach
  const percent = Math.round((100 * split.new) / (split.new + split.old))
  return { ...reach, share: { release: releases.new, percent } }
}
