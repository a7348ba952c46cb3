import { rename } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { docker, lines } from '../../support/host.ts'
import { type Cases, type DataApp, faultsAfter, unexpected } from './app.ts'

/** An upload breaks off half-way. What was uploaded is no restore point, and is in nobody's way. */
export const cut: Cases = async function* (app) {
  await app.succeed('backup')
  yield { what: 'restic killed mid-upload', faults: await killRestic(app) }
  yield { what: 'Muelle killed mid-upload', faults: await killMuelle(app) }
  yield { what: 'the repository gone mid-upload', faults: await takeRepositoryAway(app) }
}

/** Milliseconds of the upload that have passed by then, of about 12. */
const into = 2000
const uploadBytes = 5_000_000
/** Milliseconds. */
const startsWithin = 240_000

/** The container in which restic uploads, in the middle of it. */
async function uploading(app: DataApp): Promise<string> {
  const own = ['--filter', `label=org.muelle.app=${app.project.name}`, '--filter', 'name=muelle-restic-']
  const find = async (): Promise<string | undefined> => {
    for (const id of lines(await docker('ps', '--quiet', ...own)))
      if ((await docker('inspect', '--format', '{{index .Args 0}}', id)) === 'backup') return id
    return undefined
  }
  for (const end = performance.now() + startsWithin; performance.now() < end; await sleep(100)) {
    const id = await find()
    if (id === undefined) continue
    await sleep(into)
    return id
  }
  throw new Error('nothing is uploaded')
}

async function killRestic(app: DataApp): Promise<string[]> {
  const before = await app.provenPoints()
  await app.upload(uploadBytes)
  const running = app.muelle('backup')
  await docker('kill', await uploading(app))
  const faults = [...unexpected(await running, 54), ...(await faultsAfter(app, before))]
  return [...faults, ...(await goesOn(app))]
}

async function killMuelle(app: DataApp): Promise<string[]> {
  const before = await app.provenPoints()
  await app.upload(uploadBytes)
  const running = app.host.start('backup', '--app', app.project.name)
  await uploading(app)
  running.kill('SIGKILL')
  await running
  const recovered = await app.muelle('recover')
  return [...unexpected(recovered, 0), ...(await faultsAfter(app, before)), ...(await goesOn(app))]
}

/** As when a disk is unmounted: who has it open goes on writing there, and who comes later finds an empty folder. */
async function takeRepositoryAway(app: DataApp): Promise<string[]> {
  const before = await app.provenPoints()
  await app.upload(uploadBytes)
  const running = app.muelle('backup')
  await uploading(app)
  const elsewhere = `${app.repository}.elsewhere`
  await rename(app.repository, elsewhere)
  const made = await running
  const offered = await app.provenPoints()
  const restored = await app.muelle('backup', 'restore', '--confirm', app.project.name)
  // Nor does one begin beside it.
  const beside = await app.muelle('backup')
  await rename(app.repository, `${app.repository}.empty`)
  await rename(elsewhere, app.repository)
  const faults = [
    ...unexpected(made, 54),
    ...unexpected(restored, 54),
    ...unexpected(beside, 54),
    ...(offered.every((point) => before.includes(point)) ? [] : [`offered: ${offered.join(', ')}`]),
    ...(await app.leftovers()),
  ]
  return [...faults, ...(await goesOn(app))]
}

/** The next backup is none the worse for it, and does not wait for the lock of a process that is gone. */
async function goesOn(app: DataApp): Promise<string[]> {
  const began = performance.now()
  const made = await app.muelle('backup')
  const seconds = (performance.now() - began) / 1000
  return [...unexpected(made, 0), ...(seconds < 180 ? [] : [`the next one took ${seconds.toFixed(0)} s`])]
}
