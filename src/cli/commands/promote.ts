import { resolve } from 'node:path'
import { instanceName, projectOf, readEnvironment } from '../../app/environment.ts'
import { promote as promoteApp } from '../../deploy/promote.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import {
  type CliServices,
  type Command,
  essence,
  type Input,
  type Io,
  list,
  shared,
  text,
} from '../command.ts'
import { findRecord } from '../find-app.ts'
import { loadFrom, muelleImages } from '../load-project.ts'
import { describeResult, readAgreements } from './up.ts'

export const promote: Command = {
  name: 'promote',
  summary: 'Deploy to an environment the very images that another one runs',
  details: [
    'Domains, variables, volumes, replicas and release commands are those of the target, from the Compose files of the folder as they are now',
    'Nothing is built, and `test:` is not run again',
    'The rest is a deployment like that of `up`',
  ],
  arguments: [
    { name: '[from]', description: 'the environment whose live release it is (default: staging)' },
    { name: '[to]', description: 'the environment that gets it (default: production)' },
  ],
  options: [shared.app, shared.files, ...shared.agreements],
  returnsData: true,
  examples: ['muelle promote', 'muelle promote staging production', 'muelle promote qa staging --app shop'],
  run: async (input, io) => {
    const services = await io.services()
    const { source, target, place } = readWay(input, io, services)
    const project = await loadFrom(place, io)
    if (project.app.name !== target) throw otherApp(project.app.name, target)
    for (const message of project.warnings) io.emit({ type: 'note', message })
    const result = await promoteApp(
      { ...project, ...readAgreements(input), from: source, images: muelleImages(project.app, services) },
      services,
      io,
    )
    return describeResult(result, project.app, services)
  },
  handOver: async (input, io) => {
    const { target, place } = readWay(input, io, await io.services())
    return { kind: 'promote', app: target, folder: place.directory, sameAs: [place, essence(input)] }
  },
}

/** From which app to which, and the folder that the target is read from. */
function readWay(input: Input, io: Io, { store }: Pick<CliServices, 'store'>) {
  const from = readEnvironment(input.args[0] ?? 'staging')
  const to = readEnvironment(input.args[1])
  refuseSame(from, to)
  const source = findRecord(input, io, { store, environment: from })
  const target = instanceName(projectOf(source), to)
  const known = store.apps().find(({ name }) => name === target) ?? source
  const folder = text(input, 'app') === undefined ? '.' : known.directory
  const directory = resolve(io.cwd, text(input, 'directory') ?? folder)
  const files = list(input, 'file').map((file) => resolve(directory, file))
  return { source, target, place: { directory, files, environment: to } }
}

function refuseSame(from: string, to: string): void {
  if (from !== to) return
  throw new MuelleError('USAGE', `${from} cannot be promoted to itself.`, {
    hint: 'Name two environments:  muelle promote staging production',
  })
}

function otherApp(found: string, wanted: string): MuelleError {
  return new MuelleError('USAGE', `The Compose file here is that of ${found}, not of ${wanted}.`, {
    hint: 'Run it in the folder of the app, or name its Compose files with -f.',
  })
}
