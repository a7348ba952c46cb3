import { parseArgs } from 'node:util'
import { progress, runBench } from '../../bench/run.ts'
import { createWorld, type World } from './world.ts'

/**
 * Kills Muelle at every line of the journal of every kind of deployment, under load, and lets the next command bring
 * it to an end. Converged: exactly one release is live, it is whole, nothing else is left, and no request was lost.
 */
interface Case {
  kind: string
  line: number
  faults: string[]
  lost: number
}

interface Kind {
  settings?: Record<string, unknown>
  kill(world: World, line: number): Promise<{ killed: boolean; lost: number }>
}

const kinds: Record<string, Kind> = {
  first: { kill: killFirst },
  'blue-green': { kill: killUp },
  rolling: { settings: { strategy: 'rolling' }, kill: killUp },
  canary: {
    settings: { strategy: 'canary', canary: { steps: [50], minimum: '1s' }, watch: '2s' },
    kill: killUp,
  },
  rollback: { kill: killRollback },
  'rollback-cold': { kill: killColdRollback },
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, every: { type: 'string', default: '1' } },
})
await runBench(async (interrupted) => {
  const cases: Case[] = []
  for (const kind of Object.keys(kinds)) {
    if (values.only !== undefined && values.only !== kind) continue
    cases.push(...(await killEverywhere(kind, Number(values.every), interrupted)))
  }
  const result = {
    cases: cases.length,
    converged: cases.filter(({ faults }) => faults.length === 0).length,
    lost: cases.filter(({ kind }) => kind !== 'first').reduce((sum, { lost }) => sum + lost, 0),
  }
  return { result, passed: result.cases === result.converged && result.lost === 0 && result.cases > 0 }
})

async function killEverywhere(kind: string, every: number, interrupted: AbortSignal): Promise<Case[]> {
  const { kill, settings } = kinds[kind] ?? { kill: killUp }
  await using world = await createWorld((file) => {
    file['x-muelle'] = { ...file['x-muelle'], ...settings }
  })
  const cases: Case[] = []
  if (kind !== 'first') await succeed(world, '1', 'up', world.project.directory)
  for (let line = 1; ; line += every) {
    interrupted.throwIfAborted()
    const { killed, lost } = await kill(world, line)
    if (!killed) break
    const faults = await world.faults()
    progress(`${kind}, line ${line}: ${faults.length === 0 ? 'whole' : faults.join('; ')}, ${lost} lost`)
    cases.push({ kind, line, faults, lost })
  }
  return cases
}

/** The next command is another `up`, because until then there is nothing to be whole. */
async function killFirst(world: World, line: number) {
  if (line > 1) await world.host.muelle('down', world.project.name)
  await world.write(`first killed at ${line}`)
  const { killed } = await world.muelleKilledAt(line, 'up', world.project.directory)
  await succeed(world, `${line}`, 'up', world.project.directory)
  return { killed, lost: 0 }
}

async function killUp(world: World, line: number) {
  await world.write(`killed at ${line}`)
  return killUnderLoad(world, line, ['up', world.project.directory])
}

async function killRollback(world: World, line: number) {
  await succeed(world, `before ${line}`, 'up', world.project.directory)
  return killUnderLoad(world, line, ['rollback', '--app', world.project.name])
}

/** To a release whose containers are gone: it is started anew. */
async function killColdRollback(world: World, line: number) {
  for (const turn of ['a', 'b']) await succeed(world, `${turn} before ${line}`, 'up', world.project.directory)
  const { stdout } = await world.host.muelle('releases', world.project.name, '--json')
  const releases = JSON.parse(stdout) as { number: number; state: string }[]
  const kept = releases.find(({ state }) => state === 'kept')
  return killUnderLoad(world, line, ['rollback', String(kept?.number), '--app', world.project.name])
}

async function killUnderLoad(world: World, line: number, argv: string[]) {
  const { result, load } = await world.load(async () => {
    const { killed, exitCode, stderr } = await world.muelleKilledAt(line, ...argv)
    if (!killed && exitCode !== 0) throw new Error(stderr)
    const recovery = await world.host.muelle('recover')
    if (recovery.exitCode !== 0) throw new Error(recovery.stderr)
    return { killed }
  })
  for (const loss of load.report.losses) progress(`lost: ${JSON.stringify(loss)}`)
  return { ...result, lost: load.report.lost }
}

async function succeed(world: World, version: string, ...argv: string[]): Promise<void> {
  await world.write(version)
  const { exitCode, stderr } = await world.host.muelle(...argv)
  if (exitCode !== 0) throw new Error(stderr)
}
