import { healthcheckUrl } from '../../app/behind.ts'
import { type ComposeService, commandLine } from '../../app/compose.ts'
import { isProxyImage } from '../../app/own-proxy.ts'
import type { Blueprint, Choices } from '../blueprint.ts'
import { joinPath, type Sources } from '../sources.ts'
import type { Addition } from './insert.ts'
import { readCompose, type WrittenCompose } from './model.ts'

export interface ComposeProposal {
  additions: readonly Addition[]
  /** Each service, and what Muelle takes it for. */
  roles: Readonly<Record<string, string>>
  web: string | undefined
  notes: readonly string[]
}

interface Context {
  compose: WrittenCompose
  sources: Sources
  choices: Choices
  /** What the project itself is, when that is known. */
  app: Blueprint | undefined
}

/**
 * The `x-muelle` keys that a Compose file lacks. What it has stays as it is.
 * @throws MuelleError COMPOSE_INVALID
 */
export function propose(path: string, context: Omit<Context, 'compose'>): ComposeProposal {
  const compose = readCompose(path, context.sources.files[path] ?? '')
  const all = { ...context, compose }
  const web = findWeb(all)
  const service =
    web === undefined ? {} : missing(serviceSettings(web, all), compose.file.services[web]?.['x-muelle'])
  const app = missing(appSettings(web, all), compose.file['x-muelle'])
  return {
    additions: [
      ...(web === undefined
        ? []
        : addition(['services', web], service, compose.file.services[web]?.['x-muelle'])),
      ...addition([], app, compose.file['x-muelle']),
    ],
    roles: Object.fromEntries(Object.entries(compose.roles).map(([name, { role }]) => [name, role])),
    web,
    notes: [...notesOn(path, context.sources), ...(web === undefined ? [noWeb] : [])],
  }
}

const noWeb =
  'No service of the file can be taken for the one that answers HTTP: give it  x-muelle: {port: 8000}'

function notesOn(path: string, { files }: Sources): string[] {
  const others = Object.keys(files).filter(
    (each) => each !== path && /^(?:docker-)?compose[\w.-]*\.ya?ml$/.test(each) && !/override/.test(each),
  )
  return others.length === 0
    ? []
    : [`There is ${others.toSorted().join(' and ')} too. To choose it:  -f ${others.toSorted()[0]}`]
}

type Values = Readonly<Record<string, unknown>>

function missing(wanted: Values, there: unknown): Values {
  const known = typeof there === 'object' && there !== null ? there : {}
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => !(key in known)))
}

function addition(path: readonly string[], values: Values, there: unknown): Addition[] {
  if (Object.keys(values).length === 0) return []
  const isBlock = typeof there === 'object' && there !== null && Object.keys(there).length > 0
  return [isBlock ? { path: [...path, 'x-muelle'], values } : { path, values: { 'x-muelle': values } }]
}

/** The one that is recognised, or else the server behind no port. */
function findWeb({ compose: { file, roles } }: Context): string | undefined {
  const names = Object.keys(file.services)
  const web = names.find((name) => roles[name]?.role === 'web')
  if (web !== undefined) return web
  const internal = names.find((name) => roles[name]?.role === 'internal')
  return (
    internal ??
    names.find(
      (name) =>
        file.services[name]?.build !== undefined &&
        roles[name]?.role === 'worker' &&
        /^(?:web|webapp|app|backend|api|django|server)$/.test(name),
    )
  )
}

function serviceSettings(name: string, { compose, choices, app, sources }: Context): Values {
  const service = compose.file.services[name] ?? {}
  const isWeb = compose.roles[name]?.role === 'web'
  const isProxy = isProxyImage(service.image ?? '')
  const port = choices.port ?? (isWeb ? undefined : (portOf(service, sources) ?? app?.port))
  const health = isProxy || healthcheckUrl(service) !== undefined ? undefined : app?.health
  return { ...(port === undefined ? {} : { port }), ...(health === undefined ? {} : { health }) }
}

function portOf({ expose, build, command }: ComposeService, { files }: Sources): number | undefined {
  const bound = /(?:--bind|-b|--port|-p|0\.0\.0\.0)[ :=]+(?:[\d.]+:)?(\d{2,5})/.exec(
    [command].flat().join(' '),
  )?.[1]
  const file = files[joinPath(build?.context ?? '', build?.dockerfile ?? 'Dockerfile')] ?? ''
  const exposed = expose?.[0] ?? /^EXPOSE\s+(\d+)/m.exec(file)?.[1]
  return bound === undefined ? (exposed === undefined ? undefined : Number(exposed)) : Number(bound)
}

function appSettings(web: string | undefined, context: Context): Values {
  const { choices, app, compose } = context
  const service = compose.file.services[web ?? ''] ?? {}
  const isProxy = isProxyImage(service.image ?? '')
  const files = isProxy ? {} : mountedFiles(service, app)
  const release = (app?.release ?? []).filter((command) => !isRun([command].flat().join(' '), context))
  return {
    ...(choices.domains.length === 0 ? {} : { domains: choices.domains }),
    ...(choices.email === undefined ? {} : { tls: { email: choices.email } }),
    ...(release.length === 0 ? {} : { release }),
    ...(Object.keys(files).length === 0 ? {} : { static: files }),
  }
}

/** By an entrypoint, a command or a service of its own. */
function isRun(command: string, { compose, sources }: Context): boolean {
  const word = /\b(?:migrate|collectstatic|upgrade)\b/.exec(command)?.[0] ?? command
  const lines = Object.values(compose.file.services).map(commandLine)
  const scripts = Object.entries(sources.files).flatMap(([path, text]) =>
    /Dockerfile|\.sh$/.test(path) ? [text] : [],
  )
  return [...lines, ...scripts].some((line) => line.includes(word))
}

/** URL paths whose folder is in a volume of the service. */
function mountedFiles({ volumes = [] }: ComposeService, app: Blueprint | undefined): Record<string, string> {
  const entries = Object.entries(app?.static ?? {}).flatMap(([url, name]) => {
    const folder = app?.volumes
      .find(({ volume }) => volume === name)
      ?.target.split('/')
      .at(-1)
    const mount = volumes.find(({ target, type }) => type === 'volume' && target.split('/').at(-1) === folder)
    return mount?.source === undefined ? [] : [[url, mount.source] as const]
  })
  return Object.fromEntries(entries)
}
