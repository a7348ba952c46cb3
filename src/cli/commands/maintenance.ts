import { setMaintenance } from '../../deploy/operate.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Command } from '../command.ts'
import { findApp } from '../find-app.ts'

export const maintenance: Command = {
  name: 'maintenance',
  summary: 'Show visitors a maintenance page, or let them in again',
  arguments: [
    { name: '<on|off>', description: 'on: status 503 and a page; the app goes on running' },
    { name: '[app]', description: 'an app or its folder (default: the current folder)' },
  ],
  isAboutApp: true,
  examples: ['muelle maintenance on', 'muelle maintenance off shop'],
  run: async (input, io) => {
    const [state, named] = input.args
    if (state !== 'on' && state !== 'off') {
      throw new MuelleError('USAGE', `${state} is neither on nor off.`, {
        hint: 'Say:  muelle maintenance on',
      })
    }
    const services = await io.services()
    const name = findApp(input, io, { store: services.store, named })
    await setMaintenance({ name, on: state === 'on' }, services, io)
    return {
      text:
        state === 'on' ? `Visitors of ${name} see the maintenance page.` : `Visitors of ${name} are let in.`,
    }
  },
}
