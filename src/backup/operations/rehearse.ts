import type { Command } from '../../app/schema.ts'
import type { Context, Operation } from '../../deploy/operation.ts'
import { untilHealthy } from '../../deploy/operations/backing.ts'
import { imageIds } from '../../deploy/operations/record.ts'
import type { StepOf } from '../../deploy/step.ts'
import type { Project } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type Rehearsal, rehearsedService, renderRehearsal } from '../../release/render-rehearsal.ts'
import { type Column, findBreaks } from '../columns.ts'
import { outsideOf } from '../contents.ts'
import { databaseKinds } from '../databases/all.ts'
import type { Server } from '../databases/kind.ts'
import { touchesData } from '../idle.ts'
import { advise, describeLock, type HeldLock, longerThan } from '../locks.ts'
import { beforeName, type ServerDump } from '../manifest.ts'
import { locate } from '../outside/client.ts'
import { copyVariables } from '../outside/copy.ts'
import { isBegun } from '../record.ts'
import { describeRehearsal, type Rehearsed, type RehearsedCommand } from '../rehearsal.ts'
import { openServer } from '../server.ts'
import { clearUp, manifestOf, scratchContainer, scratchNetwork } from '../staging.ts'
import { dataTimeoutMs } from './dump.ts'

interface Copy {
  server: Server
  dump: ServerDump
}

export const rehearse: Operation<StepOf<'rehearse'>> = {
  timeoutMs: dataTimeoutMs,
  isNeeded: isBegun,
  run: async (step, context) => {
    const { point } = step
    try {
      const copies = await takeNames(point, context)
      const { report, failure } = await play(step, copies, context)
      context.store.keepRehearsal(context.app.name, step.release, JSON.stringify(report))
      for (const line of describeRehearsal(report)) context.note(line)
      if (failure !== undefined) throw failure
      if (step.byHand !== true) refuseLongLocks(report.locks, step.maxLockMs)
    } finally {
      await clearAway(point, context)
    }
  },
  undo: ({ point }, context) => clearAway(point, context),
}

async function clearAway(point: string, context: Context): Promise<void> {
  const { app, engine, files } = context
  await engine.down(files.rehearsal(app), {})
  await clearUp(point, context)
}

/** The copies were loaded under other names than the app knows. */
async function takeNames(point: string, context: Context): Promise<Copy[]> {
  const { app } = context
  const copies = (manifestOf(point, context)?.servers ?? []).map((dump) => {
    const { service, image } = dump
    const id = scratchContainer(app.name, point, service)
    return { dump, server: openServer({ id, image, service }, point, context) }
  })
  for (const { dump, server } of copies) {
    const swaps = dump.databases.map(({ name }) => ({
      name,
      beside: databaseKinds[dump.kind].inScratch(name),
      before: beforeName(name, 'drill'),
    }))
    const renamed = swaps.filter(({ name, beside }) => name !== beside)
    if (renamed.length > 0) await databaseKinds[dump.kind].swap(server, renamed)
  }
  return copies
}

async function play(
  { point, release, groups, commands: all }: StepOf<'rehearse'>,
  copies: readonly Copy[],
  context: Context,
): Promise<{ report: Rehearsed; failure: MuelleError | undefined }> {
  const { app, engine, files, instance } = context
  const commands = all.filter(touchesData)
  const project = files.rehearsal(app)
  const rehearsal: Rehearsal = {
    number: release,
    images: await imageIds(engine, app.services, groups),
    instance,
    commands,
    network: scratchNetwork(app.name, point),
    copied: copies.map(({ dump }) => dump.service),
    environment: await environmentFor(copies, context),
  }
  await setUp(project, rehearsal, context)
  const before = await columnsOf(copies)
  const watches = await Promise.all(
    copies.map(async ({ dump, server }) => databaseKinds[dump.kind].watchLocks?.(server, dump)),
  )
  const { played, failure } = await runAll(project, commands, context)
  const locks = await Promise.all(watches.map(async (end) => (await end?.()) ?? []))
  const breaks = failure === undefined ? findBreaks(before, await columnsOf(copies)) : []
  const report = { point, at: new Date().toISOString(), commands: played, locks: locks.flat(), breaks }
  return { report, failure }
}

async function columnsOf(copies: readonly Copy[]): Promise<Column[]> {
  const all = copies.map(async ({ dump, server }) => databaseKinds[dump.kind].columns?.(server, dump) ?? [])
  return (await Promise.all(all)).flat()
}

/** Of a database in the file, the copy has the name by which the app knows it anyway. */
async function environmentFor(copies: readonly Copy[], context: Context): Promise<Record<string, string>> {
  const all = copies.map(async ({ dump: { service } }) => {
    const settings = outsideOf(context.app, service)
    if (settings === undefined) return {}
    const { address, variables } = await locate(service, settings, context)
    return copyVariables({ service, settings, address }, variables)
  })
  return Object.assign({}, ...(await Promise.all(all)))
}

/** Caches and queues, which are empty. */
async function setUp(project: Project, rehearsal: Rehearsal, context: Context): Promise<void> {
  const { app, engine, files } = context
  const file = renderRehearsal(app, rehearsal)
  await files.write(project, file)
  const beside = Object.keys(file.services).filter((key) => app.file.services[key] !== undefined)
  if (beside.length === 0) return
  await engine.up(project, beside, context)
  const standing = await engine.containers({ app: app.name, role: 'rehearsal' })
  await Promise.all(standing.map((container) => untilHealthy(container, context)))
}

/** One after the other, until one fails. */
async function runAll(
  project: Project,
  commands: readonly Command[],
  context: Context,
): Promise<{ played: RehearsedCommand[]; failure: MuelleError | undefined }> {
  const { clock, engine } = context
  const played: RehearsedCommand[] = []
  for (const [index, words] of commands.entries()) {
    const command = [words].flat().join(' ')
    const began = clock.now()
    const error = await engine.runOnce(project, rehearsedService(index), context).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    const durationMs = Math.round(clock.now() - began)
    played.push({ command, durationMs, succeeded: error === undefined })
    if (error !== undefined) return { played, failure: explain(command, error) }
  }
  return { played, failure: undefined }
}

/** @throws what is no failure of the command */
function explain(command: string, error: unknown): MuelleError {
  if (!(error instanceof MuelleError) || error.code !== 'DOCKER_COMMAND_FAILED') throw error
  return new MuelleError('REHEARSAL_FAILED', `On a copy of the data the release command fails: ${command}`, {
    hint: 'The data and the live release were not touched. Mend what the lines above tell, and run the same command again.',
    log: error.log.slice(-15),
    cause: error,
  })
}

function refuseLongLocks(locks: readonly HeldLock[], maxMs: number): void {
  const long = longerThan(locks, maxMs)
  const [longest] = long
  if (longest === undefined) return
  const lines = long.map((lock) => `${describeLock(lock)}\n  ${advise(lock)}`)
  throw new MuelleError(
    'REHEARSAL_LOCKS',
    [
      `On a copy of the data the release commands lock tables for longer than ${maxMs / 1000} s:`,
      ...lines,
    ].join('\n'),
    {
      hint: 'The data and the live release were not touched. Change the migration, or let it lock for longer:  x-muelle: {backups: {max_lock: 1m}}',
    },
  )
}
