import { readFile, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { environment, type Fault, fails, settings, works } from './fault.ts'

/** What scripts/own-engine.sh has put there. */
const folder = process.env['OWN_ENGINE'] ?? ''

async function stopEngine(signal: NodeJS.Signals): Promise<void> {
  const pid = Number(await readFile(join(folder, 'docker.pid'), 'utf8'))
  process.kill(pid, signal)
  while (isAlive(pid)) await sleep(50)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const startEngine = async (): Promise<void> => void (await execa(join(folder, 'start')))

const restartEngine = async (): Promise<void> => {
  await stopEngine('SIGTERM')
  await startEngine()
}

/** Leaves no room on one of the two disks. */
const disk = (name: 'data' | 'tmp') => {
  const file = join(folder, name, 'fill')
  return {
    fill: async (): Promise<void> => {
      const { bavail, bsize } = await statfs(join(folder, name))
      await execa('fallocate', ['--length', String(bavail * bsize), file])
    },
    empty: () => rm(file, { force: true }),
    mount: async (mode: 'ro' | 'rw'): Promise<void> =>
      void (await execa('mount', ['-o', `remount,bind,${mode}`, join(folder, name)])),
  }
}
const data = disk('data')
const home = disk('tmp')
const anySize = { MUELLE_MIN_FREE_MB: '1' }

/** The engine, or a disk, is hit: both are the machine's own otherwise. */
export const ofOwnEngine: readonly Fault[] = [
  {
    name: 'Docker is restarted while release commands run',
    change: (file) => settings(file, { release: [['sleep', '5']] }),
    during: { after: /running and healthy/, act: restartEngine },
    expected: fails(32),
    loses: true,
  },
  {
    name: 'Docker is restarted while the release boots',
    change: environment({ BOOT_SECONDS: '3' }),
    during: { after: /Start web/, act: restartEngine },
    expected: works,
    loses: true,
  },
  {
    name: 'Docker is killed while the release boots',
    change: environment({ BOOT_SECONDS: '3' }),
    during: {
      after: /Start web/,
      act: async () => {
        await stopEngine('SIGKILL')
        await startEngine()
      },
    },
    expected: works,
    loses: true,
  },
  {
    name: 'Docker stops and does not come back',
    during: { after: /Record/, act: () => stopEngine('SIGTERM') },
    expected: fails(20),
    loses: true,
    after: startEngine,
    outlasts: true,
  },
  {
    name: "Docker's disk is nearly full",
    before: data.fill,
    expected: fails(23),
    after: data.empty,
  },
  {
    name: "Docker's disk is full, and nobody minds",
    env: anySize,
    before: data.fill,
    expected: fails(23),
    after: data.empty,
  },
  {
    name: "Docker's disk fills up before the containers are made",
    env: anySize,
    during: { after: /Record/, act: data.fill },
    expected: fails(23),
    after: data.empty,
  },
  {
    name: "Muelle's disk is full",
    before: home.fill,
    expected: fails(23),
    after: home.empty,
  },
  {
    name: "Muelle's disk fills up",
    during: { after: /Record/, act: home.fill },
    expected: fails(23),
    after: home.empty,
    outlasts: true,
  },
  {
    name: "Muelle's disk can only be read",
    before: () => home.mount('ro'),
    expected: fails(47),
    after: () => home.mount('rw'),
  },
  {
    name: "Muelle's disk can only be read from now on",
    during: { after: /Record/, act: () => home.mount('ro') },
    expected: fails(47),
    after: () => home.mount('rw'),
    outlasts: true,
  },
]
