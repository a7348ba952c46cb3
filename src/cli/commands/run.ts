import { runJob } from '../../deploy/run-job.ts'
import { type Command, essence } from '../command.ts'
import { findApp } from '../find-app.ts'

export const run: Command = {
  name: 'run',
  summary: 'Run a service that has a schedule now, in the live release',
  arguments: [{ name: '<service>', description: 'a service with `x-muelle.schedule`' }],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle run report --app shop'],
  run: async (input, io) => {
    const [service = ''] = input.args
    const services = await io.services()
    const name = findApp(input, io, services)
    const data = await runJob({ name, service }, services, io)
    return { data, text: `${service} of ${name} ran to its end in release ${data.release}.` }
  },
  handOver: async (input, io) => ({
    kind: 'run',
    app: findApp(input, io, await io.services()),
    sameAs: essence(input),
  }),
}
