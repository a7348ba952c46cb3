import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AppBed, createAppBed, type Settings } from './app-bed.ts'
import { nowMs } from './clock.ts'
import { type MixedLoad, startMixedLoad } from './load-process.ts'
import { type OperationName, operations } from './operations.ts'
import { checkPosts } from './posts.ts'
import { progress } from './run.ts'

interface Size {
  readonly rounds: number
  readonly ratePerSecond: number
  /** No fewer are sent, of all kinds. */
  readonly minimum: number
  readonly load: readonly string[]
  readonly settings: Settings
}

const canary = { maximum: '2m', on_too_little: 'promote-if-probes-pass' }

/** WebSockets last longer than `drain_timeout`, so that some are still open when their replica is told to end. */
const full: Size = {
  rounds: 3,
  ratePerSecond: 200,
  minimum: 200_000,
  load: ['--websocket-seconds', '60', '--websocket', '6', '--long-websocket', '2'],
  settings: { drain_timeout: '30s', canary: { ...canary, steps: [10, 50], minimum: '15s' } },
}
const quick: Size = {
  rounds: 1,
  ratePerSecond: 50,
  minimum: 1000,
  load: ['--session-seconds', '5', '--websocket-seconds', '15', '--websocket', '16'],
  settings: { drain_timeout: '10s', canary: { ...canary, steps: [50], minimum: '3s' } },
}

/** Between two operations, and before the first. */
const pauseMs = 3000

/** All that Muelle does to a live app, under load of every kind. */
export async function zeroLossFull(
  { isQuick, names }: { isQuick: boolean; names: readonly OperationName[] },
  interrupted: AbortSignal,
) {
  const size = isQuick ? quick : full
  await using bed = await createAppBed(size.settings, interrupted)
  progress(`first release of ${bed.name} on port ${bed.target.port}`)
  await bed.deploy()

  const { load, operated } = await operateUnderLoad(bed, { size, names }, interrupted)
  const { losses: _, ...report } = load.report
  const items = checkPosts(load.exchanges, await bed.items())
  const answeredByApp = load.exchanges.filter(({ version }) => version !== '').length
  const result = { ...report, answeredByApp, items, ...operated }

  const counts = [report.lost, items.missing, items.doubled, operated.failed.length]
  // Only a rolling deployment stops replicas that are sure to have WebSockets.
  const isDrained = !names.includes('rolling') || (report.byKind['websocket']?.drained ?? 0) > 0
  const passed = counts.every((count) => count === 0) && report.sent >= size.minimum && isDrained
  return { result, passed }
}

async function operateUnderLoad(
  bed: AppBed,
  { size, names }: { size: Size; names: readonly OperationName[] },
  interrupted: AbortSignal,
) {
  const { ratePerSecond, minimum, rounds } = size
  const options = ['--rate', String(ratePerSecond), '--file', '/files/note.txt', ...size.load]
  using running = startMixedLoad(bed.target, join(bed.scratch, 'load'), options)
  const enoughAtMs = nowMs() + (1000 * minimum) / ratePerSecond + pauseMs

  const all = Array.from({ length: rounds }, () => names).flat()
  const operated = await operate(bed, all, interrupted)
  await sleep(Math.max(0, enoughAtMs - nowMs()), undefined, { signal: interrupted })
  progress('waiting for what is under way')
  const load = await running.stop()
  showLosses(load)
  return { load, operated }
}

/** One after the other. One that fails is taken back by Muelle, so the others go on. */
async function operate(bed: AppBed, names: readonly OperationName[], interrupted: AbortSignal) {
  const done: Partial<Record<OperationName, number>> = {}
  const failed: OperationName[] = []
  for (const [index, name] of names.entries()) {
    await sleep(pauseMs, undefined, { signal: interrupted })
    const startedAtMs = nowMs()
    try {
      await operations[name](bed)
      done[name] = (done[name] ?? 0) + 1
    } catch (error) {
      interrupted.throwIfAborted()
      failed.push(name)
      progress((error as Error).message)
    }
    progress(`${index + 1} of ${names.length}: ${name}, ${Math.round((nowMs() - startedAtMs) / 1000)} s`)
  }
  await sleep(pauseMs, undefined, { signal: interrupted })
  return { operations: done, failed }
}

function showLosses({ report }: MixedLoad): void {
  progress(`${report.sent} sent, ${report.lost} lost, the load itself at most ${report.lagMs} ms late`)
  for (const loss of report.losses) progress(`lost: ${JSON.stringify(loss)}`)
}
