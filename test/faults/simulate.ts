import { parseArgs } from 'node:util'
import { progress, runBench } from '../../bench/run.ts'
import { play } from './simulation/run.ts'
import { generate, type Schedule, shrink } from './simulation/schedule.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
})

/** Random stories, each from its seed; what goes against an invariant is told with the smallest story that does. */
await runBench(async (interrupted) => {
  const first = Number(values.seed)
  const runs = Number(values.runs)
  let violations = 0
  for (let seed = first; seed < first + runs && !interrupted.aborted; seed++) {
    const found = await play(generate(seed))
    if (found.length === 0) continue
    violations++
    if (violations <= 5) await explain(generate(seed))
  }
  return { result: { runs, violations }, passed: violations === 0 && !interrupted.aborted }
})

async function explain(schedule: Schedule): Promise<void> {
  const smallest = await shrink(schedule, async (candidate) => (await play(candidate)).length > 0)
  progress(`seed ${schedule.seed}: ${JSON.stringify(smallest)}`)
  for (const violation of (await play(smallest)).slice(0, 5)) progress(`  ${violation}`)
  progress(`  again:  npm run -s faults -- simulate --runs 1 --seed ${schedule.seed}`)
}
