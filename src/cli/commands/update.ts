import type { UpdateSettings } from '../../app/schema.ts'
import { deploy, previewDeploy } from '../../deploy/deploy.ts'
import { describeStep } from '../../deploy/step.ts'
import { refuseWhilePaused } from '../../deploy/updates.ts'
import { readLiveModel } from '../../deploy/with-app.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Checkout } from '../../source/check-out.ts'
import type { Update } from '../../source/find-update.ts'
import type { AppRecord } from '../../store/apps.ts'
import {
  type CliServices,
  type Command,
  flag,
  type Input,
  type Io,
  type Output,
  shared,
  text,
} from '../command.ts'
import { findRecord } from '../find-app.ts'
import { loadFrom, muelleImages, type Project } from '../load-project.ts'
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
    const record = findRecord(input, io, { store: services.store, named: input.args[0] })
    refuseWhilePaused(record.name, services.store)
    const settings = await settingsOf(record.name, services)
    const { findUpdate } = await import('../../source/find-update.ts')
    io.emit({ type: 'note', message: `Fetching ${settings.branch} of ${settings.repo}` })
    const mirror = services.sources.open(record.name, settings)
    const live = services.store.releases(record.name).find(({ state }) => state === 'live')
    const wanted = {
      settings,
      from: live?.commit ?? null,
      ref: text(input, 'ref'),
      again: flag(input, 'again'),
    }
    const found = await findUpdate(wanted, mirror, io.signal)
    const about = { app: record.name, branch: settings.branch, from: found.from, commit: found.commit }
    if (found.isNothing !== undefined)
      return {
        data: { ...about, state: 'current', changes: [] },
        text: nothing(found, record.name, settings),
      }
    const target: Target = { record, found, settings, input, io, services }
    const output = await deployCheckout(target)
    return { ...output, data: { ...about, changes: found.subjects, ...(output.data as object) } }
  },
}

interface Target {
  record: AppRecord
  found: Update
  settings: UpdateSettings
  input: Input
  io: Io
  services: CliServices
}

/** As the live release says; `up` is how a person changes it. */
async function settingsOf(app: string, services: CliServices): Promise<UpdateSettings> {
  const { settings } = await readLiveModel(app, services)
  if (settings.update !== undefined) return settings.update
  throw new MuelleError('SOURCE_MISSING', `${app} names no repository to update from.`, {
    hint: 'Write it in the Compose file and deploy that once by hand:  x-muelle: {update: {repo: …}}   muelle up',
  })
}

async function deployCheckout(target: Target): Promise<Output> {
  const { record, found, settings, services } = target
  const { checkOut, removeCheckouts } = await import('../../source/check-out.ts')
  const folder = services.sources.folderOf(record.name)
  let checkout: Checkout | undefined
  try {
    const source = services.store.source(record.name)
    const mirror = services.sources.open(record.name, settings)
    checkout = await checkOut(found.commit, mirror, { app: record, source, folder })
    const project = await loadCheckout(checkout, target)
    return flag(target.input, 'dryRun') ? await preview(project, target) : await release(project, target)
  } finally {
    const used = await directoriesInUse(record.name, services)
    await removeCheckouts(folder, { used, own: checkout?.directory })
  }
}

async function loadCheckout(checkout: Checkout, { record, io }: Target): Promise<Project> {
  const { directory, files } = checkout
  const source = { directory, files, environment: record.environment }
  await checkout.complete(await (await io.compose()).written(source))
  const project = await loadFrom(source, io, checkout)
  if (project.app.name === record.name) return project
  throw new MuelleError(
    'SOURCE_UNUSABLE',
    `The commit calls the app ${project.app.name}, not ${record.name}.`,
    {
      hint: `Put its name back at the top of the Compose file, or deploy it as a new app by hand:  muelle up`,
    },
  )
}

async function release(project: Project, { found, input, io, services }: Target): Promise<Output> {
  const { shortCommit } = await import('../../source/find-update.ts')
  for (const message of project.warnings) io.emit({ type: 'note', message })
  const images = [...muelleImages(project.app, services), ...project.images]
  const result = await deploy(
    { ...project, images, ...readAgreements(input), isUnattended: true },
    // A checkout is no work tree that could be asked.
    { ...services, commitOf: async () => shortCommit(found.commit) },
    io,
  )
  const { data, text: summary } = await describeResult(result, project.app, services)
  return { data: { state: 'deployed', ...data }, text: `${summary}\n${describeRange(found)}` }
}

async function preview(project: Project, { found, services }: Target): Promise<Output> {
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

function describeRange({ from, commit, subjects }: Update): string {
  const lines = subjects.map((subject) => `  ${subject}`)
  return [`Commit ${commit.slice(0, 12)}, after ${from ?? 'one that is not known'}.`, ...lines].join('\n')
}

function nothing({ isNothing, commit }: Update, app: string, { branch, paths = [] }: UpdateSettings): string {
  const short = commit.slice(0, 12)
  return isNothing === 'same'
    ? `${app} is at ${short} already, the newest commit of ${branch}.`
    : `${short} of ${branch} changes nothing in ${paths.join(', ')}, so ${app} stays as it is.`
}

/** Folders that a kept release was deployed from, or that is being taken back. */
async function directoriesInUse(app: string, { files, store }: CliServices): Promise<string[]> {
  const numbers = store.releases(app).map(({ number }) => number)
  const models = await Promise.all([
    files.readLatest(app),
    ...numbers.map((number) => files.readModel(app, number)),
  ])
  return models.flatMap((model) => model?.directory ?? [])
}
