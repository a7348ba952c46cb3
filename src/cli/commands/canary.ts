import { MuelleError } from '../../errors/muelle-error.ts'
import type { Command } from '../command.ts'
import { findApp } from '../find-app.ts'

export const canary: Command = {
  name: 'canary',
  summary: 'Decide about a canary that waits; Ctrl-C where it runs takes it back',
  arguments: [
    { name: '<decision>', description: 'promote: the next step, without waiting for more evidence' },
    { name: '[app]', description: 'an app or its folder (default: the current folder)' },
  ],
  isAboutApp: true,
  examples: ['muelle canary promote shop'],
  run: async (input, io) => {
    const [decision, named] = input.args
    if (decision !== 'promote') {
      throw new MuelleError('USAGE', `${decision} is no decision about a canary.`, {
        hint: 'Say:  muelle canary promote',
      })
    }
    const services = await io.services()
    const name = findApp(input, io, { store: services.store, named })
    services.store.decide(name, 'promote')
    return { text: `The canary of ${name} goes on.` }
  },
}
