import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { instanceName, readEnvironment } from '../../app/environment.ts'
import { removeLeftovers } from '../../deploy/remove-leftovers.ts'
import { takeDown } from '../../deploy/take-down.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type Command, flag, type Input, type Io, type Output, text } from '../command.ts'
import { findApp } from '../find-app.ts'

export const down: Command = {
  name: 'down',
  summary: 'Remove an app from this machine; its volumes stay',
  arguments: [{ name: '[app]', description: 'an app or its folder (default: the current folder)' }],
  options: [
    { flags: '--volumes', description: 'remove its volumes too, and all data in them' },
    { flags: '--confirm <app>', description: "the app's name, to confirm --volumes without a terminal" },
  ],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle down', 'muelle down shop --volumes --confirm shop'],
  run: async (input, io) => {
    const services = await io.services()
    const volumes = flag(input, 'volumes')
    const find = (): string => findApp(input, io, { store: services.store, named: input.args[0] })
    const left = volumes ? await removeWhatIsLeft(find, input, io) : undefined
    if (left !== undefined) return left
    const name = find()
    if (volumes) await confirm(name, input, io)
    const result = await takeDown({ name, volumes }, services, io)
    const kept =
      result.keptVolumes.length === 0
        ? ''
        : ` Its data stays in ${result.keptVolumes.join(', ')}, for the next muelle up, or to be removed:  muelle down ${name} --volumes --confirm ${name}`
    const { size } = await services.secrets.read(name).catch(() => new Map())
    const secrets =
      size === 0 ? '' : `Its secrets stay (${size}), or are removed:  muelle secrets rm --all --app ${name}`
    return { data: result, text: [`${name} is down.${kept}`, secrets].filter(Boolean).join('\n') }
  },
}

/** Of an app that is down already, and so no longer on record. @returns undefined when it is there, or nothing is */
async function removeWhatIsLeft(find: () => string, input: Input, io: Io): Promise<Output | undefined> {
  const isDown = isUnknown(find)
  const name = isDown ? await nameOf(input, io).catch(() => undefined) : undefined
  if (name === undefined) return undefined
  const services = await io.services()
  if ((await services.engine.volumesOf(name)).length === 0) return undefined
  await confirm(name, input, io)
  const data = await removeLeftovers(name, services)
  return { data, text: `${name} was down; its volumes are gone too: ${data?.removedVolumes.join(', ')}` }
}

function isUnknown(find: () => string): boolean {
  try {
    find()
    return false
  } catch (error) {
    if (error instanceof MuelleError && error.code === 'APP_UNKNOWN') return true
    throw error
  }
}

/** By its name, or by that of the project in its folder. */
async function nameOf(input: Input, io: Io): Promise<string> {
  const environment = readEnvironment(text(input, 'env'))
  const named = input.args[0] ?? text(input, 'app')
  const directory = resolve(io.cwd, text(input, 'directory') ?? '.', named ?? '.')
  if (named !== undefined && !existsSync(directory)) return instanceName(named, environment)
  const compose = await io.compose()
  return compose.projectName({ directory, files: [], environment })
}

async function confirm(name: string, input: Input, io: Io): Promise<void> {
  const given =
    text(input, 'confirm') ?? (await io.ask(`This deletes all data of ${name}. Type its name to go on: `))
  if (given === name) return
  throw new MuelleError('CONFIRMATION_REQUIRED', `Nothing was removed: the data of ${name} would be lost.`, {
    hint: `Confirm it:  muelle down ${name} --volumes --confirm ${name}`,
  })
}
