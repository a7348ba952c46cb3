import { howToResume } from '../../deploy/updates.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type Command, text } from '../command.ts'
import { findApp } from '../find-app.ts'

export const updates: Command = {
  name: 'updates',
  summary: 'Pause the deployments that nobody watches, or let them go on',
  arguments: [
    { name: '<pause|resume>', description: 'pause: `muelle up --unattended` refuses, until you resume' },
    { name: '[app]', description: 'an app or its folder (default: the current folder)' },
  ],
  options: [{ flags: '--reason <text>', description: 'why, for those who wonder' }],
  isAboutApp: true,
  examples: ['muelle updates pause --reason sale', 'muelle updates resume shop'],
  run: async (input, io) => {
    const [decision, named] = input.args
    if (decision !== 'pause' && decision !== 'resume') {
      throw new MuelleError('USAGE', `${decision} is neither pause nor resume.`, {
        hint: 'Say:  muelle updates resume',
      })
    }
    const { store } = await io.services()
    const name = findApp(input, io, { store, named })
    if (decision === 'resume') {
      store.resumeUpdates(name)
      return { text: `Updates of ${name} go on.` }
    }
    store.pauseUpdates(name, { reason: text(input, 'reason') ?? 'by hand', byHand: true })
    return { text: `Updates of ${name} are paused. ${howToResume(name)}` }
  },
}
