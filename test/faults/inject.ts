import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { progress, runBench } from '../../bench/run.ts'
import { percentile } from '../../bench/statistics.ts'
import { select } from './inject/all.ts'
import { change, type Fault } from './inject/fault.ts'
import { inject, repair } from './inject/inject.ts'
import { createWorld } from './world.ts'

/** Real faults, one at a time, in a live app under load. What restarts or fills an engine has one of its own. */
const { values } = parseArgs({
  options: {
    /** Faults whose name has this in it. */
    only: { type: 'string', default: '' },
    /** This process runs in scripts/own-engine.sh. */
    'own-engine': { type: 'boolean', default: false },
  },
})
const own = values['own-engine']

interface Injected {
  cases: number
  expected: number
  /** How long each way back took. */
  backMs: readonly number[]
}

await runBench(async (interrupted) => {
  const here = await injectAll(select(values.only, { own }), interrupted)
  if (own) return { result: here, passed: here.cases === here.expected }
  const there = await injectOnOwnEngine(interrupted)
  const cases = here.cases + there.cases
  const expected = here.expected + there.expected
  const rollbackP95Ms = Math.round(percentile([...here.backMs, ...there.backMs], 0.95))
  const passed = cases > 0 && cases === expected && !(rollbackP95Ms > 10_000)
  return { result: { cases, expected, rollbackP95Ms }, passed }
})

async function injectAll(faults: readonly Fault[], interrupted: AbortSignal): Promise<Injected> {
  const backMs: number[] = []
  let expected = 0
  if (faults.length === 0) return { cases: 0, expected, backMs }
  await using world = await createWorld((file) => change(file, 'db', { image: 'redis:7-alpine' }))
  await repair(world)
  for (const fault of faults) {
    interrupted.throwIfAborted()
    const outcome = await inject(fault, world)
    if (outcome.backMs !== undefined) backMs.push(outcome.backMs)
    if (outcome.wrong.length === 0) expected++
    progress(`${fault.name}: ${outcome.wrong.join('; ') || 'as expected'}`)
  }
  return { cases: faults.length, expected, backMs }
}

async function injectOnOwnEngine(interrupted: AbortSignal): Promise<Injected> {
  if (select(values.only, { own: true }).length === 0) return { cases: 0, expected: 0, backMs: [] }
  const script = join(import.meta.dirname, '../../scripts/own-engine.sh')
  const node = ['--disable-warning=ExperimentalWarning', import.meta.filename]
  const argv = [process.execPath, ...node, '--own-engine', '--only', values.only]
  const options = { reject: false, stderr: 'inherit', cancelSignal: interrupted } as const
  const { stdout } = await execa(script, argv, options)
  const last = stdout.trim().split('\n').at(-1) ?? ''
  if (last === '') throw new Error('there is no engine of its own; the lines above say why')
  return JSON.parse(last)
}
