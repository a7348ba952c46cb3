import { readLiveModel } from '../../deploy/live-model.ts'
import { observe } from '../../deploy/observe.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { releaseProject, releaseService } from '../../release/names.ts'
import { type Command, flag, text } from '../command.ts'
import { findApp } from '../find-app.ts'

export const logs: Command = {
  name: 'logs',
  summary: 'Show the output of the live release and the backing services',
  arguments: [{ name: '[service]', description: 'one service (default: all)' }],
  options: [
    { flags: '-f, --follow', description: 'go on showing new lines' },
    { flags: '-n, --tail <lines>', description: 'how many lines of each container (default: 100)' },
  ],
  isAboutApp: true,
  examples: ['muelle logs web --follow'],
  run: async (input, io) => {
    const services = await io.services()
    const name = findApp(input, io, services)
    const app = await readLiveModel(name, services)
    const { live } = await observe(app, services)
    const wanted = app.services.filter(
      ({ name: service, role }) => role !== 'replaced' && (input.args[0] ?? service) === service,
    )
    if (wanted.length === 0)
      throw unknownService(
        input.args[0],
        app.services.map((service) => service.name),
      )

    const lines = text(input, 'tail') ?? '100'
    const common = ['logs', '--tail', lines, ...(flag(input, 'follow') ? ['--follow'] : []), '--']
    const backing = wanted.filter(({ role }) => role === 'backing').map((service) => service.name)
    const released = wanted.filter(({ role }) => role !== 'backing').map((service) => service.name)
    const runs: string[][] = []
    if (backing.length > 0) runs.push(['compose', '-p', name, ...common, ...backing])
    if (released.length > 0 && live !== undefined) {
      const keys = released.map((service) => releaseService(service, live))
      runs.push(['compose', '-p', releaseProject(name, live), ...common, ...keys])
    }
    const redact = await services.secrets.redactor()
    const codes = await Promise.all(runs.map((argv) => io.attach('docker', argv, redact)))
    return { exitCode: Math.max(0, ...codes) }
  },
}

function unknownService(name: string | undefined, known: readonly string[]): MuelleError {
  return new MuelleError('USAGE', `There is no service ${name}.`, { hint: `Services: ${known.join(', ')}` })
}
