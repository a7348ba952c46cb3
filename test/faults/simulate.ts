import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { progress, runBench } from '../../bench/run.ts'
import { play } from './simulation/run.ts'
import { generate, type Schedule, shrink } from './simulation/schedule.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    /** Told by this process alone; without, each core tells its part. */
    alone: { type: 'boolean', default: false },
  },
})
const storiesExplained = 5

/** Random stories, each from its seed; what goes against an invariant is told with the smallest story that does. */
await runBench(async (interrupted) => {
  const runs = Number(values.runs)
  const seed = Number(values.seed)
  const violations = values.alone ? await tell(runs, seed, interrupted) : await share(runs, seed, interrupted)
  return { result: { runs, violations }, passed: violations === 0 && !interrupted.aborted }
})

async function tell(runs: number, first: number, interrupted: AbortSignal): Promise<number> {
  let violations = 0
  for (let seed = first; seed < first + runs && !interrupted.aborted; seed++) {
    const found = await play(generate(seed))
    if (found.length === 0) continue
    violations++
    if (violations <= storiesExplained) await explain(generate(seed))
  }
  return violations
}

async function share(runs: number, first: number, interrupted: AbortSignal): Promise<number> {
  const parts = Math.min(runs, availableParallelism())
  const size = Math.ceil(runs / parts)
  const told = Array.from({ length: parts }, async (_, part) => {
    const count = Math.min(size, runs - part * size)
    const range = ['--alone', '--runs', String(count), '--seed', String(first + part * size)]
    const node = ['--disable-warning=ExperimentalWarning', import.meta.filename, ...range]
    const options = { reject: false, stderr: 'inherit', cancelSignal: interrupted } as const
    const { stdout } = await execa(process.execPath, node, options)
    return Number((JSON.parse(stdout) as { violations: number }).violations)
  })
  return (await Promise.all(told)).reduce((sum, violations) => sum + violations, 0)
}

async function explain(schedule: Schedule): Promise<void> {
  const smallest = await shrink(schedule, async (candidate) => (await play(candidate)).length > 0)
  progress(`seed ${schedule.seed}: ${JSON.stringify(smallest)}`)
  for (const violation of (await play(smallest)).slice(0, 5)) progress(`  ${violation}`)
  progress(`  again:  npm run -s faults -- simulate --runs 1 --seed ${schedule.seed}`)
}
