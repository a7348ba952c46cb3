import { basename, dirname, join, resolve } from 'node:path'
import { readLiveModel } from '../../deploy/live-model.ts'
import type { Values } from '../../eject/secrets.ts'
import { type Command, flag, type Input, type Io, text } from '../command.ts'
import { findApp } from '../find-app.ts'

interface Result {
  app: string
  release: number
  folder: string
  files: readonly string[]
  /** Names of the secrets that the folder needs. */
  secrets: readonly string[]
  /** Names of those of which no value was written. */
  missing: readonly string[]
  /** Where what was in the folder is now; null when it was empty. */
  keptBefore: string | null
}

export const eject: Command = {
  name: 'eject',
  summary: 'Write the live release as a folder that runs without Muelle',
  details: [
    'It has a plain Compose file, nginx with its certificate, scripts for Linux, macOS and Windows, and a README.md; what runs is not touched',
  ],
  arguments: [{ name: '[app]', description: 'an app or its folder (default: the current folder)' }],
  options: [
    { flags: '--to <folder>', description: 'the folder to write (default: APP-ejected beside the project)' },
    { flags: '--with-secrets', description: 'write secrets in clear to .env, without asking' },
    { flags: '--force', description: 'write where something is already; that is kept beside it' },
  ],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle eject', 'muelle eject shop --env staging --to /srv/shop-staging --with-secrets'],
  run: async (input, io) => {
    const services = await io.services()
    const { eject: render, examineTarget, gather, secretsFile, writeFolder } = await parts()
    const name = findApp(input, io, { store: services.store, named: input.args[0] })
    const model = await readLiveModel(name, services)
    const usual = join(dirname(model.directory), `${name}-ejected`)
    const target = resolve(io.cwd, text(input, 'to') ?? usual)
    const folder = await examineTarget(target, model, { force: flag(input, 'force') })
    const ejection = await gather(model, services)
    const { files, values } = render(ejection)
    const all = (await agrees(values, input, io)) ? [...files, secretsFile(values)] : files
    const before = await writeFolder(folder, all)
    if (services.store.isInMaintenance(name)) {
      io.emit({ type: 'note', message: `${name} is in maintenance here; what was written serves visitors` })
    }
    const result: Result = {
      app: name,
      release: ejection.release,
      folder,
      files: all.map(({ path }) => path).sort(),
      secrets: [...values.keys()],
      missing: all === files ? [...values.keys()] : withoutValue(values),
      keptBefore: before ?? null,
    }
    return { data: result, text: describe(result) }
  },
}

/** Loaded only here, so that other commands start as quickly as before. */
async function parts() {
  const all = [
    import('../../eject/eject.ts'),
    import('../../eject/environment.ts'),
    import('../../eject/gather.ts'),
    import('../../eject/write.ts'),
  ] as const
  const [{ eject }, { secretsFile }, { gather }, { examineTarget, writeFolder }] = await Promise.all(all)
  return { eject, secretsFile, gather, examineTarget, writeFolder }
}

/** Nobody gets secrets in clear without having been asked. */
async function agrees(values: Values, input: Input, io: Io): Promise<boolean> {
  if (values.size === 0) return false
  if (flag(input, 'withSecrets')) return true
  const names = [...values.keys()].join(', ')
  const answer = await io.ask(`Write secrets in clear to .env, for you alone to read (${names})? [y/N] `)
  return /^y(?:es)?$/i.test(answer ?? '')
}

function withoutValue(values: Values): string[] {
  return [...values].flatMap(([name, value]) => (value === undefined ? [name] : []))
}

function describe({ app, release, folder, files, missing, keptBefore }: Result): string {
  return [
    `Release ${release} of ${app} is in ${folder} (${files.length} files), and goes on running here.`,
    ...(keptBefore === null ? [] : [`What was there is in ${basename(keptBefore)} beside it.`]),
    ...(missing.length === 0 ? [] : [`No value was written for ${missing.join(', ')}: see .env.example.`]),
    `When you leave:  muelle down ${app}   then  ${join(folder, 'start.sh')}`,
  ].join('\n')
}
