import { execa } from 'execa'
import type { Cases, DataApp } from './app.ts'

const main = new URL('../../../src/main.ts', import.meta.url).pathname
const killAt = new URL('../kill/at.ts', import.meta.url).pathname

/** A SIGKILL at every line of the journal of a backup and its drill. */
export const kill: Cases = async function* (app, { from, every }) {
  for (let line = from; ; line += every) {
    const faults = await killBackup(app, line)
    if (faults === undefined) return
    yield { what: `killed at line ${line} of the journal`, faults }
  }
}

/** @returns undefined when the journal has fewer lines */
async function killBackup(app: DataApp, line: number): Promise<string[] | undefined> {
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
