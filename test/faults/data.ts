import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { progress, runBench } from '../../bench/run.ts'
import { readInstallation } from '../../src/settings.ts'
import { type Cases, type DataApp, withApp } from './data/app.ts'
import { cut } from './data/cut.ts'
import { disk } from './data/disk.ts'
import { flips } from './data/flips.ts'
import { hostile } from './data/hostile.ts'
import { key } from './data/key.ts'
import { kill } from './data/kill.ts'
import { type DataKind, kinds } from './data/kinds.ts'
import { upgrade } from './data/upgrade.ts'
import { writes } from './data/writes.ts'

/**
 * What may happen to a backup, for every kind of data on every version of its server that there is. Expected: every row
 * comes back, nothing but a whole backup is ever offered, and what is wrong is told.
 */
const { values } = parseArgs({
  options: {
    /** Kinds of data whose name has this in it. */
    only: { type: 'string', default: '' },
    /** One of the groups. */
    group: { type: 'string' },
    /** Lines of the journal. */
    from: { type: 'string', default: '1' },
    every: { type: 'string', default: '1' },
    /** Bytes of repositories that are changed, in all. */
    flips: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    /** Of the disks, those cases whose name has this in it. */
    disk: { type: 'string', default: '' },
    /** So many kinds at a time. */
    parallel: { type: 'string', default: '2' },
    /** This process runs in scripts/own-engine.sh. */
    'own-engine': { type: 'boolean', default: false },
  },
})

const own = values['own-engine']
/** What is tried on one app, one after the other. The last changes its server. */
const groups: Readonly<Record<string, Cases>> = own
  ? { disk }
  : { writes, key, cut, kill, flips, hostile, upgrade }
const names = Object.keys(kinds).filter((name) => name.includes(values.only))
const options = {
  from: Number(values.from),
  every: Number(values.every),
  flips: Math.ceil(Number(values.flips) / names.length),
  seed: Number(values.seed),
  disk: values.disk,
}

await runBench(async (interrupted) => {
  const results: boolean[] = []
  const waiting = Object.entries(kinds).filter(([name]) => names.includes(name))
  const oneAfterTheOther = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await tryKind(...next, { results, interrupted })
      if (!own && (values.group ?? 'disk') === 'disk')
        results.push(...(await onOwnEngine(...next, interrupted)))
    }
  }
  await Promise.all(Array.from({ length: Number(values.parallel) }, oneAfterTheOther))
  const result = { cases: results.length, expected: results.filter(Boolean).length }
  return { result, passed: result.cases > 0 && result.cases === result.expected }
})

async function tryKind(
  name: string,
  kind: DataKind,
  { results, interrupted }: { results: boolean[]; interrupted: AbortSignal },
): Promise<void> {
  const chosen = Object.entries(groups).filter(([group]) => group === (values.group ?? group))
  if (chosen.length === 0) return
  const tell = (what: string, faults: readonly string[], began: number): void => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    progress(`${name}, ${what}: ${faults.length === 0 ? 'as expected' : faults.join('; ')}, ${seconds} s`)
    results.push(faults.length === 0)
  }
  const play = async (app: DataApp): Promise<void> => {
    for (const [, cases] of chosen) {
      let began = performance.now()
      for await (const { what, faults } of cases(app, options)) {
        interrupted.throwIfAborted()
        tell(what, faults, began)
        began = performance.now()
      }
    }
  }
  const began = performance.now()
  // What comes after it on this app would say nothing; the other kinds go on.
  await withApp(kind, play).catch((error: Error) => {
    interrupted.throwIfAborted()
    tell('not brought to an end', [error.message], began)
  })
}

async function onOwnEngine(name: string, kind: DataKind, interrupted: AbortSignal): Promise<boolean[]> {
  const script = join(import.meta.dirname, '../../scripts/own-engine.sh')
  const node = ['--disable-warning=ExperimentalWarning', import.meta.filename]
  const argv = [
    process.execPath,
    ...node,
    '--own-engine',
    '--only',
    name,
    '--parallel',
    '1',
    '--disk',
    values.disk,
  ]
  const image = kind.service?.['image']
  const images = [
    'python:3.11-slim',
    'nginx:1.30',
    readInstallation(process.env, true).resticImage,
    ...(image === undefined ? [] : [image]),
  ]
  const env = { OWN_ENGINE_IMAGES: images.join(' '), OWN_ENGINE_SIZE: '3g' }
  const { stdout, exitCode } = await execa(script, argv, {
    reject: false,
    stderr: 'inherit',
    cancelSignal: interrupted,
    env,
  })
  const last = stdout.trim().split('\n').at(-1) ?? ''
  if (last === '') {
    progress(`${name}, on an engine of its own: exit code ${exitCode}, the lines above say why`)
    return [false]
  }
  const { cases, expected } = JSON.parse(last) as { cases: number; expected: number }
  return Array.from({ length: cases }, (_, index) => index < expected)
}
