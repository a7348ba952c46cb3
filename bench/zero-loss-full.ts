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

const sizes: Readonly<Record<'full' | 'quick', Size>> = {
  full: {
    rounds: 3,
    ratePerSecond: 200,
    minimum: 200_000,
    load: ['--websocket-seconds', '60', '--long-websocket', '2'],
    settings: { drain_timeout: '30s', canary: { ...canary, steps: [10, 50], minimum: '15s' } },
  },
  quick: {
    rounds: 1,
    ratePerSecond: 100,
    minimum: 2000,
    load: ['--session-seconds', '5', '--websocket-seconds', '20', '--websocket', '8'],
    settings: { drain_timeout: '10s', canary: { ...canary, steps: [50], minimum: '3s' } },
  },
}

/** Between two operations, and before the first. */
const pauseMs = 3000

/** All that Muelle does to a live app, under load of every kind. */
export async function zeroLossFull(
  { quick, only }: { quick: boolean; only: readonly OperationName[] },
  interrupted: AbortSignal,
) {
  const size = sizes[quick ? 'quick' : 'full']
  await using bed = await createAppBed(size.settings, interrupted)
  progress(`first release of ${bed.name} on port ${bed.target.port}`)
  await bed.deploy()

  const names = Array.from({ length: size.rounds }, () => only).flat()
  const { load, done, failed } = await operateUnderLoad(bed, { ...size, names }, interrupted)
  const items = checkPosts(load.exchanges, await bed.items())
  const { losses: _, ...report } = load.report
  const result = {
    ...report,
    answeredByApp: load.exchanges.filter(({ version }) => version !== '').length,
    items,
    operations: done,
    failed,
  }
  const drained = report.byKind['websocket']?.drained ?? 0
  const ok = report.lost + items.missing + items.doubled + failed === 0
  return { result, passed: ok && report.sent >= size.minimum && drained > 0 }
}

async function operateUnderLoad(
  bed: AppBed,
  { names, ...size }: Size & { names: readonly OperationName[] },
  interrupted: AbortSignal,
) {
  const options = ['--rate', String(size.ratePerSecond), '--file', '/files/note.txt', ...size.load]
  using running = startMixedLoad(bed.target, join(bed.scratch, 'load'), options)
  const enoughAtMs = nowMs() + (1000 * size.minimum) / size.ratePerSecond + pauseMs
  const pause = (ms: number) => sleep(Math.max(0, ms), undefined, { signal: interrupted })

  await pause(pauseMs)
  const done: Partial<Record<OperationName, number>> = {}
  let failed = 0
  for (const [index, name] of names.entries()) {
    const startedAtMs = nowMs()
    try {
      await operations[name](bed)
      done[name] = (done[name] ?? 0) + 1
      progress(`${index + 1} of ${names.length}: ${name}, ${Math.round((nowMs() - startedAtMs) / 1000)} s`)
    } catch (error) {
      interrupted.throwIfAborted()
      progress(`${name} failed: ${(error as Error).message}`)
      failed++
    }
    await pause(pauseMs)
  }
  await pause(enoughAtMs - nowMs())
  progress('waiting for what is under way')
  const load = await running.stop()
  showLosses(load)
  return { load, done, failed }
}

function showLosses({ report }: MixedLoad): void {
  progress(`${report.sent} sent, ${report.lost} lost, the load itself at most ${report.lagMs} ms late`)
  for (const loss of report.losses) progress(`lost: ${JSON.stringify(loss)}`)
}
