import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lines } from '../../support/host.ts'
import { type Cases, type DataApp, faultsAfter, unexpected } from './app.ts'

/** With another key than the repository was made with, nothing is done, and nothing is lost. */
export const key: Cases = async function* (app) {
  yield { what: 'another key', faults: await useAnotherKey(app) }
}

async function useAnotherKey(app: DataApp): Promise<string[]> {
  await app.succeed('backup')
  const before = await app.provenPoints()
  const file = join(app.host.env['MUELLE_HOME'] ?? '', 'backup.key')
  const right = lines(await app.succeed('backup', 'key'))[0] ?? ''
  await writeFile(file, 'another\n')
  const wrong = 55
  const faults = [
    ...unexpected(await app.muelle('backup', 'restore', '--confirm', app.project.name), wrong),
    ...unexpected(await app.muelle('backup', 'create'), wrong),
    ...unexpected(await app.muelle('backup', 'drill'), wrong),
    ...unexpected(await app.muelle('backup', 'check'), wrong),
    ...(await faultsAfter(app, before)),
  ]
  await writeFile(file, `${right}\n`)
  return [...faults, ...unexpected(await app.muelle('backup', 'check'), 0)]
}
