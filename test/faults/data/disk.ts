import { disk as ownDisk } from '../inject/own-engine.ts'
import { type Cases, type DataApp, faultsAfter, unexpected } from './app.ts'

/** Docker's disk or that of the repository fills up in a step of the backup. Only on an engine of its own. */
export const disk: Cases = async function* (app, { disk: wanted }) {
  const [docker, home] = [ownDisk('data'), ownDisk('tmp')]
  const made = await app.muelle('backup')
  if (made.exitCode !== 0) yield { what: 'a backup before', faults: unexpected(made, 0) }
  for (const [what, place, after, spared] of [
    ["Docker's disk full when the dump begins", docker, steps.dump, 0],
    ["Docker's disk full during the dump", docker, steps.dump, 100_000],
    ["Docker's disk full when the upload begins", docker, steps.keep, 0],
    ["the repository's disk full when the upload begins", home, steps.keep, 0],
    ["the repository's disk full during the upload", home, steps.keep, 2_000_000],
    ["Docker's disk full when the drill begins", docker, steps.prove, 0],
    ["Docker's disk full during the drill", docker, steps.prove, 20_000_000],
  ] as const)
    if (what.includes(wanted)) yield { what, faults: await fillIn(app, place, { after, spared }) }
}

/** What is told at the end of the step before. */
const steps = { dump: /\[1\/4\]/, keep: /\[2\/4\]/, prove: /\[1\/3\]/ } as const

const full = 23

async function fillIn(
  app: DataApp,
  place: ReturnType<typeof ownDisk>,
  { after, spared }: { after: RegExp; spared: number },
): Promise<string[]> {
  const before = await app.provenPoints()
  await app.upload(4_000_000)
  const running = app.host.startWith({ MUELLE_MIN_FREE_MB: '1' }, 'backup', '--app', app.project.name)
  let told = ''
  let filled: Promise<void> | undefined
  running.stderr.on('data', (chunk) => {
    told += String(chunk)
    if (filled !== undefined || !after.test(told)) return
    // It meets the whole of it, however busy the machine is.
    running.kill('SIGSTOP')
    filled = place.fill(spared).finally(() => running.kill('SIGCONT'))
    filled.catch(() => undefined)
  })
  const { exitCode, stderr } = await running
  await filled
  await place.empty()
  const recovered = await app.muelle('recover')
  return [
    ...(filled === undefined ? ['nothing happened to it'] : []),
    ...unexpected({ exitCode, stderr }, full),
    ...unexpected(recovered, 0),
    ...(await faultsAfter(app, before)),
    ...unexpected(await app.muelle('backup'), 0),
    ...((await app.rows()).length >= 20 ? [] : ['rows are missing']),
  ]
}
