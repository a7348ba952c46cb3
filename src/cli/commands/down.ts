import { takeDown } from '../../deploy/take-down.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type Command, flag, type Input, type Io, text } from '../command.ts'
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
    const name = findApp(input, io, { store: services.store, named: input.args[0] })
    const volumes = flag(input, 'volumes')
    if (volumes) await confirm(name, input, io)
    const result = await takeDown({ name, volumes }, services, io)
    const kept =
      result.keptVolumes.length === 0
        ? ''
        : ` Its data stays in ${result.keptVolumes.join(', ')}, for the next muelle up, or to be removed:  docker volume rm ${result.keptVolumes.join(' ')}`
    const { size } = await services.secrets.read(name).catch(() => new Map())
    const secrets =
      size === 0 ? '' : `Its secrets stay (${size}), or are removed:  muelle secrets rm --all --app ${name}`
    return { data: result, text: [`${name} is down.${kept}`, secrets].filter(Boolean).join('\n') }
  },
}

async function confirm(name: string, input: Input, io: Io): Promise<void> {
  const given =
    text(input, 'confirm') ?? (await io.ask(`This deletes all data of ${name}. Type its name to go on: `))
  if (given === name) return
  throw new MuelleError('CONFIRMATION_REQUIRED', `Nothing was removed: the data of ${name} would be lost.`, {
    hint: `Confirm it:  muelle down ${name} --volumes --confirm ${name}`,
  })
}
