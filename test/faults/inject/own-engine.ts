import { readFile, rm, stat, statfs, truncate } from 'node:fs/promises'
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

/** Docker, and with it its name server, answers for a moment and stands still for a longer one, and so on. */
async function stutter(): Promise<void> {
  const pid = Number(await readFile(join(folder, 'docker.pid'), 'utf8'))
  for (let time = 0; time < 60; time++) {
    process.kill(pid, 'SIGSTOP')
    await sleep(300)
    process.kill(pid, 'SIGCONT')
    await sleep(30)
  }
}

/** One of the two disks. `fill` leaves no room on it but what is spared. */
export const disk = (name: 'data' | 'tmp') => {
  const file = join(folder, name, 'fill')
  return {
    fill: async (spared = 0): Promise<void> => {
      const { bavail, bsize } = await statfs(join(folder, name))
      // What the file system needs of that for itself, it does not tell.
      for (let length = bavail * bsize, offset = 0; length >= bsize; ) {
        const range = ['--offset', `${offset}`, '--length', `${length}`]
        const { exitCode } = await execa('fallocate', [...range, file], { reject: false })
        if (exitCode === 0) offset += length
        else length = Math.floor(length / 2)
      }
      if (spared > 0) await truncate(file, Math.max((await stat(file)).size - spared, 0))
    },
    empty: () => rm(file, { force: true }),
    // Over itself: what has a file open for writing would keep the disk from being made read-only.
    close: async (): Promise<void> => {
      await execa('mount', ['--bind', join(folder, name), join(folder, name)])
      await execa('mount', ['-o', 'remount,bind,ro', join(folder, name)])
    },
    open: async (): Promise<void> => void (await execa('umount', [join(folder, name)])),
  }
}
const data = disk('data')
const home = disk('tmp')
const anySize = { MUELLE_MIN_FREE_MB: '1' }

/** The engine, or a disk, is hit: both are the machine's own otherwise. */
export const ofOwnEngine: readonly Fault[] = [
  {
    name: 'Docker is restarted while release commands run',
    change: (file) => settings(file, { release: [['sleep', '10']] }),
    during: {
      after: /running and healthy/,
      // The command takes a moment to begin, and nothing is printed then.
      act: async () => {
        await sleep(4000)
        await restartEngine()
      },
    },
    expected: fails(32),
    loses: true,
  },
  {
    name: 'Docker is restarted while the release boots',
    change: environment({ BOOT_SECONDS: '3' }),
    during: { after: /Show release/, act: restartEngine },
    expected: works,
    loses: true,
  },
  {
    name: 'Docker is killed while the release boots',
    change: environment({ BOOT_SECONDS: '3' }),
    during: {
      after: /Show release/,
      act: async () => {
        await stopEngine('SIGKILL')
        await startEngine()
      },
    },
    // What has `unless-stopped` stays down then: the new release is taken back, the old one is started again.
    expected: fails(33),
    loses: true,
  },
  {
    // nginx asks Docker where a new replica is, and until it knows cannot send anybody there.
    name: 'Docker answers late while visitors are drawn to a release',
    change: (file) => settings(file, { strategy: 'rolling' }),
    visitors: { ratePerSecond: 200, fresh: 1 },
    during: { after: /Run true/, act: stutter },
    expected: works,
  },
  {
    name: 'Docker stops and does not come back',
    // On SIGTERM it would stop the containers first, and which of them is missed first is a matter of luck.
    during: { after: /Record/, act: () => stopEngine('SIGKILL') },
    expected: fails(20),
    loses: true,
    after: startEngine,
    outlasts: true,
  },
  {
    name: "Docker's disk is nearly full",
    before: () => data.fill(),
    expected: fails(23),
    after: data.empty,
  },
  {
    name: "Docker's disk is full, and nobody minds",
    env: anySize,
    before: () => data.fill(),
    expected: fails(23),
    after: data.empty,
  },
  {
    name: "Docker's disk fills up before the containers are made",
    env: anySize,
    during: { after: /Record/, act: () => data.fill(), halted: true },
    expected: fails(23),
    after: data.empty,
  },
  {
    name: "Docker's disk fills up when the workers are handed over",
    env: anySize,
    during: { after: /Stop worker/, act: () => data.fill(), halted: true },
    expected: fails(23),
    after: data.empty,
    outlasts: true,
  },
  {
    name: "Muelle's disk is full",
    before: () => home.fill(),
    expected: fails(23),
    after: home.empty,
  },
  {
    name: "Muelle's disk fills up",
    during: { after: /Record/, act: () => home.fill() },
    expected: fails(23),
    after: home.empty,
    outlasts: true,
  },
  {
    name: "Muelle's disk can only be read",
    before: home.close,
    expected: fails(47),
    after: home.open,
  },
  {
    name: "Muelle's disk can only be read from now on",
    during: { after: /Record/, act: home.close },
    expected: fails(47),
    after: home.open,
    outlasts: true,
  },
]
