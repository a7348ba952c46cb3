import type { App } from '../../app/app.ts'
import type { UpdateSettings } from '../../app/schema.ts'
import { deploy, previewDeploy } from '../../deploy/deploy.ts'
import { readLiveModel } from '../../deploy/live-model.ts'
import { describeStep } from '../../deploy/step.ts'
import type { Known } from '../../deploy/tell.ts'
import { isTakenBack, refuseWhilePaused } from '../../deploy/updates.ts'
import { asMuelleError, MuelleError } from '../../errors/muelle-error.ts'
import type { Update } from '../../source/find-update.ts'
import type { AppRecord } from '../../store/apps.ts'
import {
  type CliServices,
  type Command,
  essence,
  flag,
  type Input,
  type Io,
  type Output,
  shared,
  text,
} from '../command.ts'
import { findRecord } from '../find-app.ts'
import type { Wanted } from '../load-checkout.ts'
import { muelleImages, type Project } from '../load-project.ts'
import { describeResult, readAgreements } from './up.ts'

export const update: Command = {
  name: 'update',
  summary: 'Deploy the newest commit of the branch that x-muelle.update names',
  details: [
    'Fetches, and stops when nothing is new; else deploys a clean checkout of the commit, with the steps of `up`',
    'What is not in Git, such as .env and uploads, stays in the folder that the app was last deployed from by hand',
    'Refuses while updates are paused, as after a rollback',
  ],
  arguments: [{ name: '[app]', description: 'an app or its folder (default: the current folder)' }],
  options: [
    { flags: '--ref <commit>', description: 'an older commit of the branch, by its number' },
    { flags: '--again', description: 'deploy also the commit that is live, such as after a change to .env' },
    { flags: '--dry-run', description: 'show what would be deployed, and the steps' },
    ...shared.agreements.filter(({ flags }) => flags !== '--unattended'),
  ],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle update shop', 'muelle update --dry-run', 'muelle update shop --ref 3f2a9c1'],
  run: async (input, io) => {
    const services = await io.services()
    const app = findRecord(input, io, { store: services.store, named: input.args[0] })
    refuseWhilePaused(app.name, services.store)
    const live = await readLiveModel(app.name, services)
    const settings = settingsOf(live)
    const wanted = { app, settings, ref: text(input, 'ref'), again: flag(input, 'again') }
    return bring(wanted, { input, io, services, live })
  },
  handOver: async (input, io) => {
    if (flag(input, 'dryRun')) return undefined
    const { store } = await io.services()
    const app = findRecord(input, io, { store, named: input.args[0] }).name
    return { kind: 'update', app, sameAs: essence({ ...input, args: [] }) }
  },
}

interface World {
  input: Input
  io: Io
  services: CliServices
  /** As it was deployed last; it says who is told of what goes wrong before the new one was read. */
  live: App
}

/** As the live release says; `up` is how a person changes it. */
function settingsOf({ name, settings }: App): UpdateSettings {
  if (settings.update !== undefined) return settings.update
  throw new MuelleError('SOURCE_MISSING', `${name} names no repository to update from.`, {
    hint: 'Write it in the Compose file and deploy that once by hand:  x-muelle: {update: {repo: …}}   muelle up',
  })
}

async function bring(wanted: Wanted, world: World): Promise<Output> {
  const { app, settings } = wanted
  const { io, services } = world
  const { fetchUpdate, withCheckout } = await import('../load-checkout.ts')
  const known: Known = {}
  const found = await telling(known, wanted, world)(() => fetchUpdate(wanted, services, io))
  const { commit, from, subjects: changes } = found
  const about = { app: app.name, branch: settings.branch, from, commit, changes }
  if (found.isNothing !== undefined)
    return { data: { ...about, state: 'current' }, text: nothing(found, app.name, settings) }
  known.commit = shortOf(found)
  const isDry = flag(world.input, 'dryRun')
  const work = () =>
    withCheckout({ ...wanted, commit }, { services, io }, async (load) => {
      const project = await telling(known, wanted, world)(load)
      return isDry ? preview(project, found, world) : release(project, found, world)
    })
  const output = await (isDry ? work() : reporting({ app, repo: settings.repo, commit }, services, work))
  return { ...output, data: { ...about, ...(output.data as object) } }
}

/** Tells GitHub, where it is asked to, what becomes of the commit. */
async function reporting(
  { app, ...commit }: { app: AppRecord; repo: string; commit: string },
  { commitStatuses }: CliServices,
  work: () => Promise<Output>,
): Promise<Output> {
  await commitStatuses.begin(app, commit)
  try {
    const output = await work()
    const { release: number } = output.data as { release: number }
    await commitStatuses.end(app, commit, { release: number })
    return output
  } catch (error) {
    const { code } = asMuelleError(error)
    await commitStatuses.end(app, commit, { code, isTakenBack: isTakenBack(code) })
    throw error
  }
}

/** `deploy` tells what fails from there on. */
function telling(known: Known, { app }: Wanted, { input, live, services }: World) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      const { tellFailure } = await import('../../deploy/tell.ts')
      const addressee = { ...app, settings: live.settings }
      if (!flag(input, 'dryRun'))
        await tellFailure(error, { app: addressee, known, notifier: services.notifier })
      throw error
    }
  }
}

async function release(project: Project, found: Update, { input, io, services }: World): Promise<Output> {
  for (const message of project.warnings) io.emit({ type: 'note', message })
  const images = [...muelleImages(project.app, services), ...project.images]
  const result = await deploy(
    {
      ...project,
      images,
      ...readAgreements(input),
      isUnattended: true,
      decidedAt: found.from,
      changes: found.subjects,
    },
    // A checkout is no work tree that could be asked.
    { ...services, commitOf: async () => shortOf(found) },
    io,
  )
  const { data, text: summary } = await describeResult(result, project.app, services)
  return { data: { state: 'deployed', ...data }, text: `${summary}\n${describeRange(found)}` }
}

async function preview(project: Project, found: Update, { services }: World): Promise<Output> {
  const { app, images: needed } = project
  const images = [...muelleImages(app, services), ...needed]
  const { release: number, steps } = await previewDeploy({ ...project, images }, services)
  return {
    data: { state: 'planned', release: number, steps },
    text: [
      `${app.name} would get release ${number}. ${describeRange(found)}`,
      ...steps.map((step, index) => `${String(index + 1).padStart(2)}. ${describeStep(step)}`),
    ].join('\n'),
  }
}

/** As releases have it on record. */
function shortOf({ commit }: Update): string {
  return commit.slice(0, 12)
}

function describeRange(found: Update): string {
  const lines = found.subjects.map((subject) => `  ${subject}`)
  return [`Commit ${shortOf(found)}, after ${found.from ?? 'one that is not known'}.`, ...lines].join('\n')
}

function nothing(found: Update, app: string, { branch, paths = [] }: UpdateSettings): string {
  return found.isNothing === 'same'
    ? `${app} is at ${shortOf(found)} already, the newest commit of ${branch}.`
    : `${shortOf(found)} of ${branch} changes nothing in ${paths.join(', ')}, so ${app} stays as it is.`
}
