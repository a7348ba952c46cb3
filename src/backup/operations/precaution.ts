import type { Command } from '../../app/schema.ts'
import type { Context, Operation } from '../../deploy/operation.ts'
import type { StepOf } from '../../deploy/step.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { commandService } from '../../release/render.ts'
import { contentsOf } from '../contents.ts'
import { databaseKinds } from '../databases/all.ts'
import { idleQuestions } from '../idle.ts'
import { removeClients } from '../outside/client.ts'
import { refuseRestore } from '../outside/refuse-restore.ts'
import { recordOf } from '../record.ts'
import { ownServer } from '../server.ts'
import { tellWhatIsMissing } from '../tell.ts'
import { repositoryOf } from './keep.ts'

export const begin: Operation<StepOf<'begin'>> = {
  run: async ({ release, point, commands }, context) => {
    const { app, note, store } = context
    const reason = await findReasonForNone({ release, commands }, context)
    if (reason !== undefined) {
      await removeClients(context)
      return note(`No restore point is needed: ${reason}.`)
    }
    if (app.settings.on_failure === 'restore') await refuseRestore(context)
    await tellWhatIsMissing(app, contentsOf(app), context)
    // A repository that nobody can open is told before hours of dumping.
    const repository = await repositoryOf(context)
    await repository.list(app.name, { makes: true })
    store.beginBackup(app.name, point, new Date().toISOString())
  },
  undo: async ({ point }, context) => {
    await removeClients(context)
    if (recordOf(point, context)?.state === 'running') context.store.forgetBackup(context.app.name, point)
  },
}

async function findReasonForNone(
  { release, commands }: { release: number; commands: readonly Command[] },
  context: Context,
): Promise<string | undefined> {
  if (await isEmpty(context)) return 'the databases are empty'
  const questions = commands.length === 0 ? undefined : idleQuestions(commands)
  if (questions === undefined) return undefined
  for (const argv of questions) if (!(await endsWell(release, argv, context))) return undefined
  return 'the release commands have nothing to do to the data'
}

/** As before the first release. */
async function isEmpty(context: Context): Promise<boolean> {
  const { databases, media } = contentsOf(context.app)
  if (databases.length === 0) return media.length === 0
  for (const { service, kind } of databases) {
    const { isEmpty: ask } = databaseKinds[kind]
    if (ask === undefined || !(await ask(await ownServer(service, undefined, context)))) return false
  }
  return true
}

/** In the new image, with the environment of the release commands. */
async function endsWell(release: number, argv: readonly string[], context: Context): Promise<boolean> {
  const { app, engine, files, signal } = context
  try {
    await engine.runOnce(files.release(app, release), commandService(0), { argv, signal })
    return true
  } catch (error) {
    if (error instanceof MuelleError && error.code === 'DOCKER_COMMAND_FAILED') return false
    throw error
  }
}

export const reuse: Operation<StepOf<'reuse'>> = {
  run: async ({ release, point }, { app, store }) => store.linkRestorePoint(app.name, release, point),
}

/** Not taken back: it is kept once the deployment was, and dropped when its release is the live one. */
export const promise: Operation<StepOf<'promise'>> = {
  run: async ({ release, point }, context) => {
    const { app, store } = context
    if (recordOf(point, context)?.state === 'proven') store.promiseRestore(app.name, { point, release })
  },
}
