import { type Cases, type DataApp, unexpected } from './app.ts'

/** Backed up while rows are written, destroyed, restored: every row of one moment is there again. */
export const writes: Cases = async function* (app) {
  yield { what: 'backed up under writes, and destroyed', faults: await loseAndRestore(app) }
}

async function loseAndRestore(app: DataApp): Promise<string[]> {
  const made = await app.whileWriting(() => app.muelle('backup'))
  if (made.exitCode !== 0) return unexpected(made, 0)
  const whole = await app.rows()
  await app.inside(app.kind.destroy)
  const left = (await app.rows()).length
  const restored = await app.muelle('backup', 'restore', '--confirm', app.project.name)
  if (restored.exitCode !== 0) return unexpected(restored, 0)
  const back = await app.rows()
  await app.succeed('backup', 'confirm')
  return [
    ...(left < whole.length ? [] : ['nothing was destroyed']),
    ...compareRows(app, whole, back),
    ...(await app.leftovers()),
  ]
}

/** Files are read one after the other, so that of those that came meanwhile a later one may be there without an earlier. */
function compareRows({ kind }: DataApp, whole: readonly string[], back: readonly string[]): string[] {
  const isOfOneMoment =
    kind.service === undefined
      ? whole.slice(0, 20).every((row, index) => back[index] === row) &&
        back.every((row) => whole.includes(row))
      : back.every((row, index) => row === whole[index])
  return back.length >= 20 && isOfOneMoment ? [] : [`${back.length} rows came back, of ${whole.length}`]
}
