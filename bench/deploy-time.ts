import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createComposeBed } from './compose.ts'
import type { Contender, Deployment } from './contender.ts'
import { startLoad } from './load-process.ts'
import { createMuelleBed } from './muelle.ts'
import { progress, runBench } from './run.ts'
import { median } from './statistics.ts'
import { type Switch, settledAfterMs, unseenSwitches } from './switches.ts'

const runs = 5
/** Between two commands, for what the one before does after it has answered. */
const pauseMs = 3000

interface Figures {
  readonly totalMs: number
  readonly buildMs: number
  readonly bootMs: number
  readonly releaseCommandsMs: number
  readonly overheadMs: number
  readonly rollbackMs: number
}

await runBench(async (interrupted) => {
  const muelle = await measure('Muelle', createMuelleBed, interrupted)
  const compose = await measure('Compose', createComposeBed, interrupted)
  const ratios = {
    total: ratio(muelle.totalMs, compose.totalMs),
    totalWithoutBuild: ratio(muelle.totalMs - muelle.buildMs, compose.totalMs - compose.buildMs),
    rollback: ratio(muelle.rollbackMs, compose.rollbackMs),
  }
  return { result: { ...muelle, compose, ratios, runs }, passed: muelle.lost === 0 }
})

async function measure(
  title: string,
  create: (interrupted: AbortSignal) => Promise<Contender>,
  interrupted: AbortSignal,
) {
  await using contender = await create(interrupted)
  progress(`${title}: first release of ${contender.project.name}`)
  await contender.deploy('1')

  const probe = ['--rate', '50', '--connections', '10', '--fresh', '0.5', '--pages-only']
  using running = startLoad(contender.target, join(contender.project.scratch, 'probe'), probe)
  const pause = () => sleep(pauseMs, undefined, { signal: interrupted })
  const rows: { there: Deployment; back: Switch }[] = []
  await pause()
  for (let run = 1; run <= runs; run++) {
    progress(`${title}: run ${run} of ${runs}`)
    const there = await contender.deploy(String(run + 1))
    await pause()
    const back = await contender.rollback('1')
    await pause()
    rows.push({ there, back })
  }
  const { exchanges, report } = await running.stop()

  const switches = rows.flatMap(({ there, back }) => [there, back])
  const unseen = unseenSwitches(exchanges, switches)
  if (unseen.length > 0) throw new Error(`no answer came from version ${unseen.join(', ')}`)
  const settledMs = settledAfterMs(exchanges, switches)
  const figures = rows.map(({ there }, run) =>
    toFigures(there, settledMs[2 * run] ?? Number.NaN, settledMs[2 * run + 1] ?? Number.NaN),
  )
  for (const each of figures) progress(`${title}: ${JSON.stringify(each)}`)
  return { ...medians(figures), sent: report.sent, lost: report.lost }
}

function toFigures({ timing }: Deployment, totalMs: number, rollbackMs: number): Figures {
  const { buildMs, bootMs, releaseCommandsMs } = timing
  return { ...timing, totalMs, overheadMs: totalMs - buildMs - bootMs - releaseCommandsMs, rollbackMs }
}

function medians(all: readonly Figures[]): Figures {
  const of = (key: keyof Figures) => Math.round(median(all.map((figures) => figures[key])))
  return {
    totalMs: of('totalMs'),
    buildMs: of('buildMs'),
    bootMs: of('bootMs'),
    releaseCommandsMs: of('releaseCommandsMs'),
    overheadMs: of('overheadMs'),
    rollbackMs: of('rollbackMs'),
  }
}

function ratio(ours: number, theirs: number): number {
  return Math.round((100 * ours) / theirs) / 100
}
