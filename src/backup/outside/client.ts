import { resolve } from 'node:path'
import { type App, releasedServices, type Service } from '../../app/app.ts'
import { extraHosts } from '../../app/compose.ts'
import type { OutsideSettings } from '../../app/outside-schema.ts'
import type { Context } from '../../deploy/operation.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { ensureImage } from '../../release/images.ts'
import { commandRunner, externalNetworks } from '../../release/render.ts'
import type { Access } from '../databases/kind.ts'
import { type Mount, mountArguments, ownLabels, toolRole } from '../tool.ts'
import {
  type Address,
  describeAddress,
  libpqVariables,
  readAddress,
  type Variables,
  variableNames,
} from './address.ts'
import { pathOnThisMachine, variablesOf } from './variables.ts'

type Given = Pick<Context, 'app' | 'engine' | 'instance' | 'note' | 'secrets' | 'signal' | 'standIns'>

/** Seconds after which one that was forgotten ends by itself. */
const lifetime = 86_400

const certificateFile = '/run/muelle/ca.pem'

/** Stands in for the container that a server outside does not have: its programs run in it and in its network. */
export interface StandIn {
  id: string
  image: string
  service: string
  access: Access
}

export interface Located {
  /** From whose environment it is known, and in whose networks it is reached. */
  service: Service
  address: Address
  variables: Variables
}

/** @throws MuelleError CONFIG_INVALID when no environment says where the database is */
export async function locate(
  key: string,
  settings: OutsideSettings,
  { app, secrets }: Pick<Given, 'app' | 'secrets'>,
): Promise<Located> {
  const all = [commandRunner(app), ...releasedServices(app)]
  for (const service of all.filter(({ name }) => (settings.service ?? name) === name)) {
    const variables = await variablesOf(service, app, secrets)
    const address = readAddress(settings, variables)
    if (address !== undefined) return { service, address, variables }
  }
  const who = settings.service ?? 'any service'
  throw new MuelleError(
    'CONFIG_INVALID',
    `x-muelle.backups.outside.${key}: the environment of ${who} does not say where the database is.`,
    {
      hint: 'Name the variables that do:  {host: DB_HOST, name: DB_NAME, user: DB_USER, password: DB_PASSWORD}   or  {url: DATABASE_URL}',
    },
  )
}

/** Makes sure that the stand-in runs; whoever clears up after a backup removes it. */
export async function haveClient(key: string, settings: OutsideSettings, context: Given): Promise<StandIn> {
  const { app, engine, instance, note } = context
  const located = await locate(key, settings, context)
  const access = accessTo(key, settings, located, app)
  const { image } = settings
  const id = `${app.name}_muelle-client-${key}`
  const standIn = { id, image, service: key, access }
  const [found] = (await engine.containers({ app: app.name, role: toolRole })).filter(
    ({ name }) => name === id,
  )
  if (found?.running === true) return standIn
  if (found !== undefined) await engine.removeContainer(found.id)
  await ensureImage(image, context, { signal: context.signal, note })
  const [network = 'bridge', ...others] = networksOf(located.service, app)
  await engine.run([
    ...['--detach', '--init', '--name', id],
    ...ownLabels({ instance, app: app.name }),
    ...['--network', network],
    ...hostArguments(located.service),
    ...access.mounts.flatMap(mountArguments),
    ...['--pull', 'never', '--entrypoint', 'sleep', image, String(lifetime)],
  ])
  for (const other of others) await engine.connect(other, id)
  return standIn
}

/** Removes it where no backup clears up. */
export async function removeClients({ app, engine }: Pick<Given, 'app' | 'engine'>): Promise<void> {
  const found = await engine.containers({ app: app.name, role: toolRole })
  for (const { id, name } of found)
    if (name.startsWith(`${app.name}_muelle-client-`)) await engine.removeContainer(id)
}

function accessTo(key: string, settings: OutsideSettings, located: Located, app: App): Access {
  const { address, service, variables } = located
  const { password, url } = variableNames(settings, variables)
  const passwordIn = password ?? url
  const certificate = certificateOf(key, settings, located, app)
  return {
    at: describeAddress(address),
    database: address.database,
    user: address.user,
    asks: service.name,
    ...(passwordIn === undefined ? {} : { passwordIn }),
    env: {
      ...libpqVariables(address),
      ...(certificate.path === undefined ? {} : { PGSSLROOTCERT: certificate.path }),
    },
    mounts: certificate.mounts,
  }
}

/** The settings name a file of the project, the environment one that the container sees. */
function certificateOf(
  key: string,
  settings: OutsideSettings,
  { service, address: { sslrootcert } }: Located,
  app: App,
): { path: string | undefined; mounts: readonly Mount[] } {
  if (sslrootcert === undefined || sslrootcert === 'system') return { path: sslrootcert, mounts: [] }
  const source =
    settings.sslrootcert === undefined
      ? pathOnThisMachine(sslrootcert, service, app)
      : resolve(app.directory, settings.sslrootcert)
  if (source !== undefined) return { path: certificateFile, mounts: [{ source, target: certificateFile }] }
  throw new MuelleError(
    'CONFIG_INVALID',
    `x-muelle.backups.outside.${key}: ${sslrootcert} is in the image of ${service.name}, where no other program finds it.`,
    { hint: 'Name a copy of it in the project:  sslrootcert: certs/ca.pem' },
  )
}

/** Full names of the networks that a service is on, or its mode. */
function networksOf({ definition }: Service, app: App): string[] {
  const mode = definition.network_mode
  const other = /^service:(.+)$/.exec(mode ?? '')?.[1]
  const shared = app.services.find(({ name }) => name === other)
  if (shared !== undefined) return networksOf(shared, app)
  if (mode !== undefined) return [mode]
  const all = externalNetworks(app, (network) => network)
  return Object.keys(definition.networks ?? {}).flatMap((network) => all[network]?.name ?? [])
}

/** Names that the file gives to other machines, and who else is asked for names. */
function hostArguments({ definition }: Service): string[] {
  const servers = [definition['dns'] ?? []].flat() as string[]
  return [
    ...extraHosts(definition).flatMap(({ name, address }) => ['--add-host', `${name}:${address}`]),
    ...servers.flatMap((server) => ['--dns', server]),
  ]
}
