import type { Service } from '../../app/app.ts'
import { readLiveModel } from '../../deploy/live-model.ts'
import { restart as restartApp, restartService } from '../../deploy/operate.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type CliServices, type Command, essence, type Input, type Io, text } from '../command.ts'
import { findApp } from '../find-app.ts'

export const restart: Command = {
  name: 'restart',
  summary: 'Restart a service, or everything but the backing services, without a lost request',
  arguments: [
    {
      name: '[service]',
      description: 'a service (default: all but the backing ones), or an app by its name',
    },
  ],
  options: [
    {
      flags: '--confirm <service>',
      description: 'its name, to confirm without a terminal that a backing one stops',
    },
  ],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle restart', 'muelle restart web', 'muelle restart db --confirm db --app shop'],
  run: async (input, io) => {
    const services = await io.services()
    const { name, service } = await readTarget(input, io, services)
    if (service === undefined) {
      const result = await restartApp(name, services, io)
      return { data: result, text: `${name} was restarted as release ${result.release}.` }
    }
    if (service.role === 'backing') await confirm(service.name, input, io)
    const result = await restartService({ name, service: service.name }, services, io)
    return { data: result, text: `${service.name} of ${name} was restarted.` }
  },
  handOver: async (input, io) => {
    const { name, service } = await readTarget(input, io, await io.services())
    if (service?.role === 'backing') await confirm(service.name, input, io)
    const agreed = service?.role === 'backing' ? ['--confirm', service.name] : []
    return { kind: 'restart', app: name, sameAs: essence(input), agreed }
  },
}

interface Target {
  name: string
  service?: Service
}

/** As hands know it from Compose: a service of the app of this folder. Elsewhere, or of no service, an app's name. */
async function readTarget(input: Input, io: Io, services: CliServices): Promise<Target> {
  const { store } = services
  const [argument] = input.args
  if (argument === undefined) return { name: findApp(input, io, { store }) }
  const isNamed = text(input, 'app') !== undefined
  const called = isNamed ? undefined : tried(() => findApp(input, io, { store, named: argument }))
  const here =
    called === undefined ? findApp(input, io, { store }) : tried(() => findApp(input, io, { store }))
  const own = here === undefined ? [] : (await readLiveModel(here, services)).services
  const service = own.find(({ name }) => name === argument)
  if (here !== undefined && service !== undefined) return { name: here, service }
  if (called !== undefined) return { name: called }
  throw new MuelleError('USAGE', `${here} has no service ${argument}.`, {
    hint: `Services: ${own.map(({ name }) => name).join(', ')}`,
  })
}

function tried<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

async function confirm(service: string, input: Input, io: Io): Promise<void> {
  const question = `This interrupts all that uses ${service}. Type its name to go on: `
  const given = text(input, 'confirm') ?? (await io.ask(question))
  if (given === service) return
  throw new MuelleError(
    'CONFIRMATION_REQUIRED',
    `Nothing was restarted: all that uses ${service} would be interrupted.`,
    {
      hint: `Confirm it:  muelle restart ${service} --confirm ${service}   Visitors wait better with:  muelle maintenance on`,
    },
  )
}
