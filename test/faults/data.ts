import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { progress, runBench } from '../../bench/run.ts'
import { type Backed, createBacked } from '../support/backup.ts'
import { type Cleanup, lines, main } from '../support/host.ts'
import { type DataKind, kinds } from './data/kinds.ts'

/**
 * What may happen to a backup, for every kind of database on a real server: writes meanwhile, loss of the data, a SIGKILL at
 * every line of the journal, another key. Expected: every row comes back, and nothing but a whole backup is ever offered.
 */
const { values } = parseArgs({
  options: {
    /** One of the kinds. */
    only: { type: 'string' },
    /** Of the lines of the journal. */
    every: { type: 'string', default: '1' },
  },
})

const killAt = new URL('kill/at.ts', import.meta.url).pathname

await runBench(async (interrupted) => {
  const results: boolean[] = []
  for (const [name, kind] of Object.entries(kinds)) {
    if (name !== (values.only ?? name)) continue
    await withApp(kind, async (app) => {
      for await (const { what, faults } of tryAll(app, kind)) {
        interrupted.throwIfAborted()
        progress(`${name}, ${what}: ${faults.length === 0 ? 'as expected' : faults.join('; ')}`)
        results.push(faults.length === 0)
      }
    })
  }
  const result = { cases: results.length, expected: results.filter(Boolean).length }
  return { result, passed: result.cases > 0 && result.cases === result.expected }
})

interface Tried {
  what: string
  faults: string[]
}

async function withApp(kind: DataKind, work: (app: Backed) => Promise<void>): Promise<void> {
  const works: (() => Promise<void>)[] = []
  const cleanup: Cleanup = { after: (undo) => works.push(undo) }
  try {
    const app = await createBacked(cleanup, (file) => {
      file.services['db'] = kind.service
      file['volumes'] = { data: {} }
    })
    for (const argv of kind.prepare) await inside(app, kind, argv)
    for (let row = 1; row <= 20; row++) await inside(app, kind, kind.add(row))
    await work(app)
  } finally {
    for (const undo of works.reverse()) await undo()
  }
}

function inside(app: Backed, { env }: DataKind, argv: readonly string[]): Promise<string> {
  return app.inService('db', env, ...argv)
}

async function* tryAll(app: Backed, kind: DataKind): AsyncGenerator<Tried> {
  yield { what: 'backed up under writes, and destroyed', faults: await loseAndRestore(app, kind) }
  yield { what: 'another key', faults: await useAnotherKey(app) }
  for (let line = 1; ; line += Number(values.every)) {
    const faults = await killBackup(app, line)
    if (faults === undefined) return
    yield { what: `killed at line ${line} of the journal`, faults }
  }
}

async function loseAndRestore(app: Backed, kind: DataKind): Promise<string[]> {
  const writing = new AbortController()
  const written = (async () => {
    for (let row = 21; !writing.signal.aborted; row++) await inside(app, kind, kind.add(row))
  })()
  const made = await app.muelle('backup')
  writing.abort()
  await written
  if (made.exitCode !== 0) return [made.stderr]
  const whole = lines(await inside(app, kind, kind.rows))
  await inside(app, kind, kind.destroy)
  const restored = await app.muelle('backup', 'restore', '--confirm', app.project.name)
  if (restored.exitCode !== 0) return [restored.stderr]
  const back = lines(await inside(app, kind, kind.rows))
  await app.succeed('backup', 'confirm')
  const isPrefix = back.every((row, index) => row === whole[index])
  return [
    ...(back.length >= 20 && isPrefix ? [] : [`${back.length} rows came back, of ${whole.length}`]),
    ...(await app.leftovers()),
  ]
}

async function useAnotherKey(app: Backed): Promise<string[]> {
  const file = join(app.host.env['MUELLE_HOME'] ?? '', 'backup.key')
  const key = lines(await app.succeed('backup', 'key'))[0] ?? ''
  await writeFile(file, 'another\n')
  const { exitCode, stderr } = await app.muelle('backup', 'restore', '--confirm', app.project.name)
  await writeFile(file, `${key}\n`)
  return exitCode === 55 ? [] : [`exit code ${exitCode}: ${stderr}`]
}

/** @returns undefined when the journal has fewer lines */
async function killBackup(app: Backed, line: number): Promise<string[] | undefined> {
  const before = await app.provenPoints()
  const options = ['--disable-warning=ExperimentalWarning', '--import', killAt, main, 'backup']
  const env = { ...app.host.env, MUELLE_KILL_AT: String(line) }
  const run = await execa(process.execPath, [...options, '--app', app.project.name], { env, reject: false })
  if (run.signal !== 'SIGKILL') return run.exitCode === 0 ? undefined : [run.stderr]
  await app.succeed('recover')
  const points = await app.points()
  const offered = points.filter(({ state }) => state === 'proven').map(({ point }) => point)
  const isRunning = points.some(({ state }) => state === 'running')
  // Once it is proven, it is whole: what was left to do is to forget others.
  const more = offered.filter((point) => !before.includes(point))
  const faults = [...(await app.leftovers()), ...(isRunning ? ['one is still running'] : [])]
  for (const point of more) {
    const { exitCode, stderr } = await app.muelle('backup', 'drill', point)
    if (exitCode !== 0) faults.push(`${point} is offered, and is not whole: ${stderr}`)
  }
  return faults
}
