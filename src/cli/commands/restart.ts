import { restart as restartApp } from '../../deploy/operate.ts'
import type { Command } from '../command.ts'
import { findApp } from '../find-app.ts'

export const restart: Command = {
  name: 'restart',
  summary: 'Restart everything but the backing services, without a lost request',
  arguments: [{ name: '[app]', description: 'an app or its folder (default: the current folder)' }],
  isAboutApp: true,
  returnsData: true,
  run: async (input, io) => {
    const services = await io.services()
    const name = findApp(input, io, { store: services.store, named: input.args[0] })
    const result = await restartApp(name, services, io)
    return { data: result, text: `${name} was restarted as release ${result.release}.` }
  },
}
