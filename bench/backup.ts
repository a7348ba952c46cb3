import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { z } from 'zod'
import { nowMs } from './clock.ts'
import { startLoad } from './load-process.ts'
import { createMuelleBed, type MuelleBed } from './muelle.ts'
import { progress, runBench } from './run.ts'

/**
 * A backup of a database beside what people do by hand, in one run on one disk: time, size, and what visitors notice.
 */
const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '1000' } } })
const megabytes = Number(values.megabytes)

const targets = { firstRatio: 0.5, secondRatio: 0.35, sizeRatio: 1.1, p99Ratio: 1.5 }
const made = z.object({ durationMs: z.number(), state: z.literal('proven') })
const database = ['--username', 'certificados_user', '--dbname', 'certificados_prod'] as const
/** Milliseconds without a backup, for comparison. */
const quietMs = 30_000
/** Of a row in the table, its head included. */
const rowBytes = 530

await runBench(async (interrupted) => {
  await using bed = await createMuelleBed(interrupted)
  const server = `${bed.project.name}-db-1`
  const inside = (...argv: string[]) =>
    execa('docker', ['exec', server, ...argv], { cancelSignal: interrupted })
  progress(`the app, ${bed.project.name}, and ${megabytes} MB of rows`)
  await bed.deploy('1')
  await inside(
    'psql',
    ...database,
    '--command',
    `CREATE TABLE bulk (id bigserial PRIMARY KEY, text text, raw bytea)`,
  )
  const rows = Math.round((megabytes * 1_000_000) / rowBytes)
  await fill(rows, inside)

  progress('pg_dump -Fc')
  const custom = await timed(() => inside('pg_dump', '--format=custom', '--file=/tmp/custom', ...database))
  progress('pg_dump through zstd')
  const piped = `set -e; pg_dump ${database.join(' ')} | zstd -q -f -o /tmp/piped`
  const zstd = await timed(() => inside('sh', '-c', piped))
  const [customBytes = 0, zstdBytes = 0] = await sizes(['/tmp/custom', '/tmp/piped'], inside)
  await inside('rm', '/tmp/custom', '/tmp/piped')

  progress('the first backup')
  const { ms: provenMs, result: first } = await timed(() => backup(bed))
  const bytes = await bed.repositoryBytes()
  await fill(Math.round(rows / 100), inside)
  progress('the second backup')
  const second = await backup(bed)
  const latency = await measureLatency(bed, interrupted)
  const ratios = {
    firstRatio: ratio(first.durationMs, custom.ms),
    secondRatio: ratio(second.durationMs, custom.ms),
    sizeRatio: ratio(bytes, zstdBytes),
    p99Ratio: ratio(latency.busyMs, latency.quietMs),
  }
  const missed = Object.entries(targets).filter(([name, most]) => ratios[name as keyof typeof targets] > most)
  const passed = missed.length === 0
  if (!passed)
    progress(`missed: ${missed.map(([name, most]) => `${name} is to be at most ${most}`).join(', ')}`)
  const provenRatio = ratio(provenMs, custom.ms)
  const sizesMb = { repository: mb(bytes), custom: mb(customBytes), zstd: mb(zstdBytes) }
  const timesMs = { custom: custom.ms, zstd: zstd.ms, first: first.durationMs, second: second.durationMs }
  return { result: { ...ratios, provenRatio, timesMs, sizesMb, latency }, passed }
})

type Inside = (...argv: string[]) => Promise<{ stdout: string }>

/** Half words, which compress, and half noise, which does not. */
async function fill(rows: number, inside: Inside): Promise<void> {
  const words = "(SELECT string_agg(md5((n / 50 + i)::text), ' ') FROM generate_series(1, 7) i)"
  const noise =
    "decode((SELECT string_agg(md5(random()::text || n || i), '') FROM generate_series(1, 14) i), 'hex')"
  const insert = `INSERT INTO bulk (text, raw) SELECT ${words}, ${noise} FROM generate_series(1, ${rows}) n`
  await inside('psql', ...database, '--command', insert, '--command', 'CHECKPOINT')
}

async function sizes(paths: readonly string[], inside: Inside): Promise<number[]> {
  const { stdout } = await inside('stat', '--format=%s', ...paths)
  return stdout.split('\n').map(Number)
}

async function backup(bed: MuelleBed): Promise<z.infer<typeof made>> {
  return made.parse(await bed.backup())
}

async function measureLatency(bed: MuelleBed, interrupted: AbortSignal) {
  const options = ['--rate', '40', '--connections', '10', '--post', '0.5', '--pages-only']
  const during = async (name: string, work: () => Promise<unknown>): Promise<number> => {
    using load = startLoad(bed.target, join(bed.project.scratch, name), options)
    await work()
    const { report } = await load.stop()
    if (report.lost > 0) throw new Error(`${report.lost} requests were lost`)
    return report.latencyMs.p99
  }
  progress('requests without a backup')
  const quiet = await during('quiet', () => sleep(quietMs, undefined, { signal: interrupted }))
  progress('requests during a backup and its drill')
  const busy = await during('busy', () => bed.backup())
  return { quietMs: quiet, busyMs: busy }
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const began = nowMs()
  const result = await work()
  return { ms: Math.round(nowMs() - began), result }
}

function ratio(value: number, to: number): number {
  return Number((value / to).toFixed(2))
}

function mb(bytes: number): number {
  return Math.round(bytes / 1_000_000)
}
