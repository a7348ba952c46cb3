import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { nowMs } from './clock.ts'
import { type Load, startLoad } from './load-process.ts'
import { createMuelleBed, type MuelleBed } from './muelle.ts'
import { readNames } from './operations.ts'
import { checkPosts, type Row } from './posts.ts'
import { progress, runBench } from './run.ts'
import { countRegressions, type Switch, unseenSwitches } from './switches.ts'
import { zeroLossFull } from './zero-loss-full.ts'

interface Size {
  readonly rollbacks: number
  readonly ratePerSecond: number
  readonly requests: number
  readonly spacedRounds: number
}

const deploymentsPerRollback = 2
const full: Size = { rollbacks: 5, ratePerSecond: 300, requests: 20_000, spacedRounds: 42 }
const quick: Size = { rollbacks: 1, ratePerSecond: 100, requests: 1000, spacedRounds: 5 }

/** Longer than the idle time-out of any keep-alive connection to the app that the switch before may have left. */
const settleMs = 3000

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean' },
    only: { type: 'string' },
  },
})
await runBench((interrupted) =>
  values.full
    ? zeroLossFull({ isQuick: values.quick, names: readNames(values.only) }, interrupted)
    : zeroLoss(values.quick ? quick : full, interrupted),
)

async function zeroLoss(size: Size, interrupted: AbortSignal) {
  await using bed = await createMuelleBed(interrupted)
  progress(`first release of ${bed.project.name} on port ${bed.target.port}`)
  await bed.deploy('1')

  const { load, switches } = await switchUnderLoad(bed, size, interrupted)
  progress('requests spaced around 2 s, with nothing else going on')
  const spaced = await spacedLoad(bed, size)

  const posts = checkPosts([...load.exchanges, ...spaced.exchanges], await storedPosts(bed))
  const unseen = unseenSwitches(load.exchanges, switches)
  if (unseen.length > 0) throw new Error(`no answer came from version ${unseen.join(', ')}`)
  const result = {
    sent: load.report.sent,
    answeredByApp: load.exchanges.filter(({ version }) => version !== '').length,
    lost: load.report.lost,
    regressions: countRegressions(load.exchanges, switches),
    deployments: size.rollbacks * deploymentsPerRollback,
    rollbacks: size.rollbacks,
    posts,
    spaced: { sent: spaced.report.sent, lost: spaced.report.lost },
    p50Ms: load.report.latencyMs.p50,
    p99Ms: load.report.latencyMs.p99,
  }
  const failures = [result.lost, result.regressions, posts.missing, posts.doubled, result.spaced.lost]
  return { result, passed: failures.every((count) => count === 0) }
}

async function switchUnderLoad(bed: MuelleBed, size: Size, interrupted: AbortSignal) {
  const rate = ['--rate', String(size.ratePerSecond)]
  using running = startLoad(bed.target, join(bed.project.scratch, 'steady'), [...rate, '--connections', '60'])
  const enoughAtMs = nowMs() + (1000 * size.requests) / size.ratePerSecond + settleMs
  const pause = (ms: number) => sleep(Math.max(0, ms), undefined, { signal: interrupted })

  await pause(settleMs)
  const switches: Switch[] = []
  const follow = async (title: string, switching: Promise<Switch>) => {
    progress(title)
    switches.push(await switching)
    await pause(settleMs)
  }
  for (let round = 0; round < size.rollbacks; round++) {
    const [back, forth] = [2 * round + 2, 2 * round + 3].map(String) as [string, string]
    await follow(`deploy version ${back}`, bed.deploy(back))
    await follow(`deploy version ${forth}`, bed.deploy(forth))
    await follow(`roll back to version ${back}`, bed.rollback(back))
  }
  await pause(enoughAtMs - nowMs())
  const load = await running.stop()
  showLosses(load)
  return { load, switches }
}

/** Half of them POST, which nginx never sends again: for a GET it may hide the race behind a second attempt. */
async function spacedLoad(bed: MuelleBed, size: Size): Promise<Load> {
  const rounds = ['--spaced-ms', '2000', '--rounds', String(size.spacedRounds)]
  const file = join(bed.project.scratch, 'spaced')
  using running = startLoad(bed.target, file, [...rounds, '--connections', '16', '--post', '0.5'])
  const load = await running.ended()
  showLosses(load)
  return load
}

async function storedPosts(bed: MuelleBed): Promise<Row[]> {
  const query = `select id, code from certificates_verification`
  const shell = `psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --csv --tuples-only --command "${query}"`
  const lines = (await bed.exec('db', ['sh', '-c', shell])).split('\n')
  return lines.map((line) => {
    const [id, code = ''] = line.split(',')
    return { id: Number(id), code }
  })
}

function showLosses({ report }: Load): void {
  progress(`${report.sent} sent, ${report.lost} lost, the load itself at most ${report.lagMs} ms late`)
  for (const loss of report.losses) progress(`lost: ${JSON.stringify(loss)}`)
}
