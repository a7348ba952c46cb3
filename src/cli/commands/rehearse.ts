import { describeRehearsal } from '../../backup/rehearsal.ts'
import { rehearse as rehearseApp } from '../../backup/rehearse.ts'
import { type Command, shared, text } from '../command.ts'
import { handOverProject, loadProject } from '../load-project.ts'

export const rehearse: Command = {
  name: 'rehearse',
  summary: 'Run the release commands on a copy of the data, and tell what they lock',
  details: [
    'Builds what `up` would deploy, restores a restore point beside everything, and runs the release commands on it in a network that leads nowhere',
    'Nothing of the app is touched',
    'With `x-muelle.backups.rehearse: true` every deployment does so by itself',
  ],
  arguments: [{ name: '[path]', description: 'the project folder (default: the current one)' }],
  options: [
    shared.environment,
    shared.files,
    { flags: '--point <point>', description: 'a restore point (default: the newest proven one)' },
  ],
  returnsData: true,
  examples: ['muelle rehearse', 'muelle rehearse path/to/project', 'muelle rehearse --env staging'],
  run: async (input, io) => {
    const { app, images, warnings } = await loadProject(input, io)
    for (const message of warnings) io.emit({ type: 'note', message })
    const services = await io.services()
    const report = await rehearseApp({ app, images, point: text(input, 'point') }, services, io)
    return { data: report, text: describeRehearsal(report).join('\n') }
  },
  handOver: (input, io) => handOverProject('rehearse', input, io),
}
