import { chmod, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '../../support/random.ts'
import { type Cases, type DataApp, unexpected } from './app.ts'

/** One byte of the repository is another, in every kind of file. Each is told, and forgotten once it is mended. */
export const flips: Cases = async function* (app, { flips: count, seed }) {
  await app.upload(200_000)
  await app.succeed('backup')
  const files = await filesOf(app.repository)
  const random = seededRandom(seed)
  for (let number = 0; number < count; number++) {
    const path = files[number % files.length] ?? ''
    const { size } = await stat(path)
    const offset = choose(Math.floor(number / files.length), size, random)
    const what = `byte ${offset} of ${size} in ${path.slice(app.repository.length + 1, app.repository.length + 14)}`
    yield { what, faults: await tryFlip(app, path, offset) }
  }
  yield { what: 'all bytes as they were', faults: await looksWhole(app) }
}

/** The first and the last byte of every file, then any. */
function choose(round: number, size: number, random: () => number): number {
  return round === 0 ? 0 : round === 1 ? size - 1 : Math.floor(random() * size)
}

async function tryFlip(app: DataApp, path: string, offset: number): Promise<string[]> {
  await flip(path, offset)
  try {
    const checked = await app.muelle('backup', 'check')
    const faults = unexpected(checked, 52)
    return faults.length > 0 || /is damaged/.test(checked.stderr) ? faults : ['it is not called damaged']
  } finally {
    await flip(path, offset)
  }
}

async function looksWhole(app: DataApp): Promise<string[]> {
  const faults = unexpected(await app.muelle('backup', 'check'), 0)
  const states = await app.states()
  const failed = states.filter((state) => state !== 'proven').length
  return [...faults, ...(failed === 0 ? [] : [`${failed} of ${states.length} are still failed`])]
}

/** But locks, which come and go. */
async function filesOf(repository: string): Promise<string[]> {
  const names = (await readdir(repository, { recursive: true })).filter((name) => !name.startsWith('locks'))
  const files: string[] = []
  for (const name of names.toSorted()) {
    const path = join(repository, name)
    if ((await stat(path)).isFile()) files.push(path)
  }
  return files
}

/** Twice is as before. */
async function flip(path: string, offset: number): Promise<void> {
  await chmod(path, 0o600)
  const file = await open(path, 'r+')
  try {
    const byte = Buffer.alloc(1)
    await file.read(byte, 0, 1, offset)
    await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, offset)
  } finally {
    await file.close()
  }
}
