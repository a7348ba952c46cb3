import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { nowMs } from './clock.ts'
import { startLoad } from './load-process.ts'
import { createMuelleBed, type MuelleBed } from './muelle.ts'
import { progress, runBench } from './run.ts'
import { median, percentile } from './statistics.ts'

/**
 * Backups of a database beside what people do by hand, in one run on one disk: time, size, and what visitors notice. What
 * else the machine does meanwhile hits both sides, because they take turns.
 */
const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '3' } },
})
const megabytes = Number(values.megabytes)
const rounds = Number(values.rounds)

const targets = { firstRatio: 0.5, secondRatio: 0.35, sizeRatio: 1.1, p99Ratio: 1.5 }
const database = ['--username', 'certificados_user', '--dbname', 'certificados_prod'] as const
/** Milliseconds without a backup, for comparison. */
const quietMs = 30_000
/** Of a row in the table, its head included. */
const rowBytes = 530
const rows = Math.round((megabytes * 1_000_000) / rowBytes)

await runBench(async (interrupted) => {
  const [loadBefore = 0] = loadavg()
  await using bed = await createMuelleBed(interrupted)
  const server = `${bed.project.name}-db-1`
  const inside: Inside = (...argv) =>
    execa('docker', ['exec', server, ...argv], { cancelSignal: interrupted })
  progress(`the app, ${bed.project.name}, and ${megabytes} MB of rows`)
  await bed.deploy('1')
  const table = 'CREATE TABLE bulk (id bigserial PRIMARY KEY, text text, raw bytea)'
  await inside('psql', ...database, '--command', table)
  await fill(rows, inside)

  const times: Times[] = []
  const latencies: Latencies[] = []
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}: backups`)
    times.push(await measureTimes(bed, inside))
    progress(`round ${round} of ${rounds}: requests`)
    latencies.push(await measureLatencies(bed, interrupted))
  }
  const p99 = (all: readonly number[]) => percentile(all, 0.99)
  const quiet = p99(latencies.flatMap((each) => each.quiet))
  const busy = p99(latencies.flatMap((each) => each.busy))
  const ratios = {
    firstRatio: rounded(median(times.map(({ firstMs, customMs }) => firstMs / customMs))),
    secondRatio: rounded(median(times.map(({ secondMs, customMs }) => secondMs / customMs))),
    sizeRatio: rounded(median(times.map(({ repositoryBytes, zstdBytes }) => repositoryBytes / zstdBytes))),
    p99Ratio: rounded(busy / quiet),
  }
  const missed = Object.entries(targets).filter(([name, most]) => ratios[name as keyof typeof targets] > most)
  const passed = missed.length === 0
  if (!passed)
    progress(`missed: ${missed.map(([name, most]) => `${name} is to be at most ${most}`).join(', ')}`)
  const provenRatio = rounded(median(times.map(({ provenMs, customMs }) => provenMs / customMs)))
  const p99Ms = { quiet: rounded(quiet), busy: rounded(busy) }
  const p99RatioByRound = latencies.map((each) => rounded(p99(each.busy) / p99(each.quiet)))
  const details = { provenRatio, p99Ms, p99RatioByRound, times: times.map(whole), loadBefore }
  return { result: { ...ratios, ...details }, passed }
})

type Inside = (...argv: string[]) => Promise<{ stdout: string }>

interface Times {
  customMs: number
  zstdMs: number
  firstMs: number
  secondMs: number
  /** Of the first, its drill included. */
  provenMs: number
  customBytes: number
  zstdBytes: number
  repositoryBytes: number
}

interface Latencies {
  quiet: number[]
  busy: number[]
}

/** Half words, which compress, and half noise, which does not. */
async function fill(count: number, inside: Inside): Promise<void> {
  const words = "(SELECT string_agg(md5((n / 50 + i)::text), ' ') FROM generate_series(1, 7) i)"
  const noise =
    "decode((SELECT string_agg(md5(random()::text || n || i), '') FROM generate_series(1, 14) i), 'hex')"
  const insert = `INSERT INTO bulk (text, raw) SELECT ${words}, ${noise} FROM generate_series(1, ${count}) n`
  await inside('psql', ...database, '--command', insert, '--command', 'CHECKPOINT')
}

async function measureTimes(bed: MuelleBed, inside: Inside): Promise<Times> {
  const customMs = await timed(() => inside('pg_dump', '--format=custom', '--file=/tmp/custom', ...database))
  const piped = `set -e; pg_dump ${database.join(' ')} | zstd -q -f -o /tmp/piped`
  const zstdMs = await timed(() => inside('sh', '-c', piped))
  const { stdout } = await inside('stat', '--format=%s', '/tmp/custom', '/tmp/piped')
  const [customBytes = 0, zstdBytes = 0] = stdout.split('\n').map(Number)
  await inside('rm', '/tmp/custom', '/tmp/piped')
  await bed.forgetBackups()
  const { keptMs: firstMs, provenMs } = await bed.backup()
  const repositoryBytes = await bed.repositoryBytes()
  await fill(Math.round(rows / 100), inside)
  const { keptMs: secondMs } = await bed.backup()
  return { customMs, zstdMs, firstMs, secondMs, provenMs, customBytes, zstdBytes, repositoryBytes }
}

/** Every other request writes. */
async function measureLatencies(bed: MuelleBed, interrupted: AbortSignal): Promise<Latencies> {
  const options = ['--rate', '40', '--connections', '10', '--post', '0.5', '--pages-only']
  const during = async (name: string, work: () => Promise<unknown>): Promise<number[]> => {
    using load = startLoad(bed.target, join(bed.project.scratch, name), options)
    await work()
    const { report, exchanges } = await load.stop()
    if (report.lost > 0) throw new Error(`${report.lost} requests were lost`)
    return exchanges.map(({ receivedAtMs, scheduledAtMs }) => receivedAtMs - scheduledAtMs)
  }
  const wait = () => sleep(quietMs / 2, undefined, { signal: interrupted })
  const before = await during('quiet', wait)
  const busy = await during('busy', () => bed.backup())
  return { quiet: [...before, ...(await during('quiet', wait))], busy }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = nowMs()
  await work()
  return nowMs() - began
}

function rounded(value: number): number {
  return Number(value.toFixed(2))
}

function whole(times: Times): Record<string, number> {
  return Object.fromEntries(Object.entries(times).map(([name, value]) => [name, Math.round(value)]))
}
