import { type Cases, type DataApp, unexpected } from './app.ts'

/** A restore point goes into a server of a later version, and one of an earlier or of another maker says that it cannot. */
export const upgrade: Cases = async function* (app) {
  const { into = [], refusedBy = [] } = app.kind
  if (into.length + refusedBy.length === 0) return
  await app.succeed('backup')
  const rows = await app.rows()
  const [point = ''] = await app.provenPoints()
  for (const kind of refusedBy)
    yield { what: `refused by ${kind}`, faults: await isRefused(app, kind, point) }
  for (const kind of into) yield { what: `into ${kind}`, faults: await goesInto(app, kind, { point, rows }) }
  // Not between them: only the newest restore point is kept. What came over has to be one that can be backed up again.
  yield { what: 'backed up again', faults: unexpected(await app.muelle('backup'), 0) }
}

async function goesInto(
  app: DataApp,
  kind: string,
  { point, rows }: { point: string; rows: readonly string[] },
): Promise<string[]> {
  await app.become(kind)
  const drilled = await app.muelle('backup', 'drill', point)
  const restored = await app.muelle('backup', 'restore', point, '--confirm', app.project.name)
  const faults = [...unexpected(drilled, 0), ...unexpected(restored, 0)]
  if (faults.length > 0) return faults
  const back = await app.rows()
  await app.succeed('backup', 'confirm')
  return back.join('\n') === rows.join('\n') ? [] : [`${back.length} rows came over`]
}

async function isRefused(app: DataApp, kind: string, point: string): Promise<string[]> {
  await app.become(kind)
  for (const argv of app.kind.prepare) await app.inside(argv)
  await app.inside(app.kind.add(1))
  const restored = await app.muelle('backup', 'restore', point, '--confirm', app.project.name)
  const drilled = await app.muelle('backup', 'drill', point)
  const rows = await app.rows()
  const proven = await app.provenPoints()
  return [
    ...unexpected(restored, 56),
    ...unexpected(drilled, 56),
    ...(/cannot take the dump/.test(restored.stderr) ? [] : ['it does not say why']),
    ...(rows.length === 1 ? [] : [`${rows.length} rows instead of 1`]),
    // It is as good as it was.
    ...(proven.includes(point) ? [] : ['it is not proven any more']),
    ...(await app.leftovers()),
  ]
}
