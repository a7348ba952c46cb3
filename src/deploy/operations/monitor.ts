import type { Container } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { askWeb } from './ask.ts'
import { webContainers } from './ready.ts'

const pollMs = 1000
/** One answer that does not come may be a pause of the machine. */
const missesInARow = 3

/**
 * Counts replicas that failed as Swarm counts tasks: one that has stopped, was started again by its restart policy (also
 * on its way up), or is unhealthy. Docker knows what happened before, so the count is that of all new replicas so far.
 */
export const monitor: Operation<StepOf<'monitor'>> = {
  run: async ({ release, replicas, forMs, tolerated }, context) => {
    const { clock, note, signal } = context
    const failed = new Map<string, string>()
    const misses = new Map<string, number>()
    const until = clock.now() + forMs
    while (true) {
      const watched = (await webContainers(context, release)).slice(0, replicas)
      for (const replica of watched) {
        const why = await failureOf(replica, misses, context)
        if (why !== undefined) failed.set(replica.name, why)
      }
      const told = [...failed].map(([name, why]) => `${name} ${why}`).join(', ')
      if (failed.size + replicas - watched.length > tolerated) throw tooMany(release, told)
      if (clock.now() >= until) {
        if (failed.size > 0) note(`${told}: deploy.update_config.max_failure_ratio allows it.`)
        return
      }
      await clock.sleep(Math.min(pollMs, forMs / (missesInARow + 1)), signal)
    }
  },
}

async function failureOf(
  replica: Container,
  misses: Map<string, number>,
  context: Context,
): Promise<string | undefined> {
  if (!replica.running) return `stopped: ${replica.status}`
  if ((await context.engine.restarts(replica.id)) > 0) return 'was started again'
  if (replica.status.includes('(unhealthy)')) return 'is unhealthy'
  const answer = await askWeb(replica, context)
  const missed = answer.ready ? 0 : (misses.get(replica.id) ?? 0) + 1
  misses.set(replica.id, missed)
  return answer.ready || missed < missesInARow ? undefined : answer.why
}

function tooMany(release: number, told: string): MuelleError {
  const what = told === '' ? 'replicas are gone' : told
  return new MuelleError('RELEASE_FAULTY', `Too many replicas of release ${release} failed: ${what}.`, {
    hint: 'Traffic is back on the previous release. Look at what failed:  muelle logs',
  })
}
