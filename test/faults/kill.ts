import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Load } from '../../bench/load-process.ts'
import { progress, runBench } from '../../bench/run.ts'
import { kinds } from './kill/kinds.ts'
import { createWorld, type World } from './world.ts'

/**
 * Kills Muelle at every line of the journal of every kind of deployment, under load, and lets the next command bring
 * it to an end. Converged: exactly one release is live, it is whole, nothing else is left, and no request was lost.
 */
interface Case {
  kind: string
  faults: string[]
  lost: number
}

const { values } = parseArgs({
  options: {
    /** One of the kinds. */
    only: { type: 'string' },
    /** Lines of the journal. */
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: 'Infinity' },
    every: { type: 'string', default: '1' },
    /** So many kinds at a time, each on an installation of its own: most of the time is waiting for connections to end. */
    parallel: { type: 'string', default: String(availableParallelism()) },
  },
})
const lines = { from: Number(values.from), to: Number(values.to), every: Number(values.every) }

await runBench(async (interrupted) => {
  const cases: Case[] = []
  const waiting = Object.keys(kinds).filter((kind) => kind === (values.only ?? kind))
  const oneAfterTheOther = async (): Promise<void> => {
    for (let kind = waiting.shift(); kind !== undefined; kind = waiting.shift()) {
      cases.push(...(await killEverywhere(kind, interrupted)))
    }
  }
  await Promise.all(Array.from({ length: Number(values.parallel) }, oneAfterTheOther))
  const result = {
    cases: cases.length,
    converged: cases.filter(({ faults }) => faults.length === 0).length,
    lost: cases.filter(({ kind }) => kind !== 'first').reduce((sum, { lost }) => sum + lost, 0),
  }
  return { result, passed: result.cases === result.converged && result.lost === 0 && result.cases > 0 }
})

async function killEverywhere(kind: string, interrupted: AbortSignal): Promise<Case[]> {
  const { releases = 0, settings, change } = kinds[kind] ?? {}
  await using world = await createWorld((file) => {
    file['x-muelle'] = { ...file['x-muelle'], ...settings }
    change?.(file)
  })
  for (let release = 1; release <= releases; release++) await deploy(world, `release ${release}`)
  const cases: Case[] = []
  for (let line = lines.from; line <= lines.to; line += lines.every) {
    interrupted.throwIfAborted()
    const began = performance.now()
    const { killed, faults, lost } = await kill(kind, line, world).catch(notRecovered)
    if (!killed) break
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    const outcome = faults.length === 0 ? 'whole' : faults.join('; ')
    progress(`${kind}, line ${line}: ${outcome}, ${lost} lost, ${seconds} s`)
    cases.push({ kind, faults, lost })
    if (faults.length > 0) break
  }
  return cases
}

async function kill(
  kind: string,
  line: number,
  world: World,
): Promise<Omit<Case, 'kind'> & { killed: boolean }> {
  const argv = (await kinds[kind]?.prepare(world, line)) ?? []
  // Of the first deployment nothing may be left that could become whole: the next `up` makes it so.
  const recover = kind === 'first' ? argv : ['recover']
  const { result: killed, load } = await world.load(async () => {
    const run = await world.muelleKilledAt(line, ...argv)
    if (!run.killed && run.exitCode !== 0) throw new Error(run.stderr)
    await world.succeed(...recover)
    return run.killed
  })
  if (kind !== 'first') await tellLosses(load, world)
  return { killed, faults: await world.faults(), lost: load.report.lost }
}

async function tellLosses({ report }: Load, world: World): Promise<void> {
  for (const loss of report.losses) progress(`lost: ${JSON.stringify(loss)}`)
  if (report.losses.length === 0) return
  for (const line of (await world.gatewayErrors()).slice(-10)) progress(`the gateway: ${line}`)
}

/** What comes after it in this world would say nothing; the other kinds go on. */
function notRecovered(error: Error) {
  return { killed: true, faults: [error.message], lost: 0 }
}

async function deploy(world: World, version: string): Promise<void> {
  await world.write(version)
  await world.succeed('up', world.project.directory)
}
