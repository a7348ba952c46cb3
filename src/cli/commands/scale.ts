import { scale as scaleService } from '../../deploy/operate.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type Command, essence } from '../command.ts'
import { findApp } from '../find-app.ts'

export const scale: Command = {
  name: 'scale',
  summary: 'Change how many replicas of a service run, now and in later releases',
  arguments: [{ name: '<service=count>', description: 'a service of the live release, and how many' }],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle scale web=3', 'muelle scale worker=2 --app shop'],
  run: async (input, io) => {
    const [, service, count] = /^([\w.-]+)=(\d+)$/.exec(input.args[0] ?? '') ?? []
    const replicas = Number(count)
    if (service === undefined || replicas < 1 || replicas > 100) {
      throw new MuelleError('USAGE', `${input.args[0]} is not a service and a number from 1 to 100.`, {
        hint: 'For example:  muelle scale web=3',
      })
    }
    const services = await io.services()
    const name = findApp(input, io, services)
    const result = await scaleService({ name, service, replicas }, services, io)
    return { data: result, text: `${service} of ${name} runs ${replicas} times.` }
  },
  handOver: async (input, io) => ({
    kind: 'scale',
    app: findApp(input, io, await io.services()),
    sameAs: essence(input),
  }),
}
