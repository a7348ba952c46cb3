import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type App, wantsCertificate } from '../app/app.ts'
import { baseImages, finalImage } from '../app/base-images.ts'
import type { ComposeFile } from '../app/compose.ts'
import { production, readEnvironment, withoutContainerNames } from '../app/environment.ts'
import { isProxyImage, knowsVisitorAddress, proxyConfiguration } from '../app/own-proxy.ts'
import { unfollowed } from '../app/update-config.ts'
import type { Facts } from '../check/facts.ts'
import type { ComposeLoader, ComposeSource, LoadedCompose } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { type CliServices, essence, type HandedOver, type Input, type Io, list, text } from './command.ts'

/** A project folder as it is now, ready to be planned. */
export interface Project {
  app: App
  environment: string
  /** Compose files that were named, as absolute paths; none for the usual ones. */
  files: readonly string[]
  /** For another environment: the same folder in production, whether that is deployed or not. */
  production: App | undefined
  /** Images that are used or built upon but not built here, each once. */
  images: readonly string[]
  warnings: readonly string[]
  /** What its files tell, for the check. */
  facts: Facts
}

/** Loads the project that `up` and `plan` are about: the folder named, or the one we are in. */
export function loadProject(input: Input, io: Io): Promise<Project> {
  return loadFrom(readSource(input, io), io)
}

function readSource(input: Input, io: Io): ComposeSource {
  const directory = resolve(io.cwd, text(input, 'directory') ?? '.', input.args[0] ?? '.')
  const files = list(input, 'file').map((file) => resolve(directory, file))
  return { directory, files, environment: readEnvironment(text(input, 'env')) }
}

/** A command that reads a project, for the agent. @throws MuelleError as the command does */
export async function handOverProject(
  kind: 'up' | 'rehearse',
  { args, options }: Input,
  io: Io,
): Promise<HandedOver> {
  const source = readSource({ args, options }, io)
  const app = await (await io.compose()).projectName(source)
  return { kind, app, folder: source.directory, sameAs: [source, essence({ args: [], options })] }
}

/** For a checkout: what of a file is somewhere else, and where that is. */
export interface Placed {
  home: string
  place(file: ComposeFile): ComposeFile
}

/** Compose works beside us: it is started first, and what else the command will need is loaded meanwhile. */
export async function loadFrom(source: ComposeSource, io: Io, checkout?: Placed): Promise<Project> {
  const compose = await io.compose()
  const place = checkout?.place ?? ((file: ComposeFile) => file)
  const [loaded, [{ readApp }, { readFileFacts }]] = await Promise.all([
    compose.load(source),
    // Modules that follow each other leave no turn to anything else.
    setImmediate().then(() =>
      Promise.all([
        import('../app/read-app.ts'),
        import('../facts/read.ts'),
        import('../deploy/preflight.ts'),
        import('../deploy/deploy.ts'),
        io.services(),
      ]),
    ),
  ])
  const { environment } = source
  const { directory, production: plain } = loaded
  const placed = place(loaded.file)
  const file = environment === production ? placed : withoutContainerNames(placed)
  const read = await readFileFacts(
    { app: readApp(file, directory), environment, written: loaded.written },
    new Date(),
  )
  const looked = await lookAtProxy(read, compose)
  const app = checkout === undefined ? looked : { ...looked, home: checkout.home }
  return {
    app,
    environment,
    files: source.files,
    production: plain === undefined ? undefined : ifDeployable(() => readApp(place(plain), directory)),
    images: neededImages(read),
    facts: { ...read, app },
    warnings: [...warningsOf(loaded), ...unfollowed(app)],
  }
}

/** A folder that is no whole app without its override has no production to be kept apart from. */
function ifDeployable(read: () => App): App | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof MuelleError) return undefined
    throw error
  }
}

/** Images that Muelle itself runs for an app. */
export function muelleImages(app: App, { gatewayImage, certbotImage }: CliServices): string[] {
  return wantsCertificate(app) ? [gatewayImage, certbotImage] : [gatewayImage]
}

async function lookAtProxy({ app, builds }: Facts, compose: ComposeLoader): Promise<App> {
  const { build, ...web } = app.services.find(({ name }) => name === app.web.service)?.definition ?? {}
  if (build !== undefined) {
    const dockerfile = builds[app.web.service]?.dockerfile
    const image = dockerfile === undefined ? undefined : finalImage(dockerfile, build.target)
    return image !== undefined && isProxyImage(image) ? { ...app, web: { ...app.web, isProxy: true } } : app
  }
  const mounted = proxyConfiguration(web)
  if (mounted === undefined) return app
  const texts = await Promise.all(mounted.map(compose.readMounted))
  return { ...app, web: { ...app.web, needsVisitorAddress: !texts.some(knowsVisitorAddress) } }
}

function neededImages({ app, builds }: Facts): string[] {
  const used = app.services
    .filter(({ role }) => role !== 'replaced')
    .flatMap(({ name, definition: { build, image } }) => {
      if (build === undefined) return image ?? []
      const dockerfile = builds[name]?.dockerfile
      return dockerfile === undefined ? [] : baseImages(dockerfile)
    })
  return [...new Set(used)]
}

function warningsOf(loaded: LoadedCompose): string[] {
  const { file } = loaded
  const unwatched = Object.entries(file.services).flatMap(([name, service]) =>
    Object.entries(service.depends_on ?? {})
      .filter(
        ([other, { condition }]) => condition === 'service_healthy' && !file.services[other]?.healthcheck,
      )
      .map(
        ([other]) =>
          `${name} waits for the health of ${other}, which has no health check; Muelle probes ${other} itself.`,
      ),
  )
  return [...loaded.warnings, ...unwatched]
}
