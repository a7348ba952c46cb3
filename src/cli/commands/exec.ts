import { readLiveModel } from '../../deploy/live-model.ts'
import { observe } from '../../deploy/observe.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Command } from '../command.ts'
import { findApp } from '../find-app.ts'

export const exec: Command = {
  name: 'exec',
  summary: 'Run a command in a container of the live release or of a backing service',
  arguments: [
    { name: '<service>', description: 'the service' },
    { name: '<command...>', description: 'the command and its arguments' },
  ],
  isAboutApp: true,
  passesOptionsOn: true,
  examples: ['muelle exec web python manage.py createsuperuser', 'muelle exec db psql -U shop'],
  run: async (input, io) => {
    const [service = '', ...argv] = input.args
    const services = await io.services()
    const name = findApp(input, io, services)
    const { live } = await observe(await readLiveModel(name, services), services)
    const containers = await services.engine.containers({ app: name, service })
    const container = containers.find(
      (candidate) => candidate.running && (candidate.release === undefined || candidate.release === live),
    )
    if (container === undefined) {
      throw new MuelleError('USAGE', `No container of ${service} runs in ${name}.`, {
        hint: `See what does:  muelle status ${name}`,
      })
    }
    const terminal = process.stdin.isTTY && process.stdout.isTTY ? ['--tty'] : []
    return {
      exitCode: await io.attach('docker', ['exec', '--interactive', ...terminal, container.id, ...argv]),
    }
  },
}
