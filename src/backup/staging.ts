import { stat } from 'node:fs/promises'
import type { App } from '../app/app.ts'
import type { Context } from '../deploy/operation.ts'
import type { ImageConfig } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { ensureImage } from '../release/images.ts'
import { contentsOf, type Media, outsideOf } from './contents.ts'
import { type Manifest, manifestSchema } from './manifest.ts'
import { inside } from './restic.ts'
import { stagingVolume } from './server.ts'
import { type Tool, toolArguments, toolRole } from './tool.ts'

type Given = Pick<Context, 'app' | 'engine' | 'instance' | 'repositories' | 'store'>

export function scratchVolume(app: string, point: string, service: string): string {
  return `${stagingVolume(app, point)}-${service}`
}

/** Of the scratch server of a service. */
export function scratchContainer(app: string, point: string, service: string): string {
  return `${scratchVolume(app, point, service)}-scratch`
}

/** Where a rehearsal takes place: it leads nowhere else. */
export function scratchNetwork(app: string, point: string): string {
  return stagingVolume(app, point)
}

export async function makeScratchNetwork(point: string, { app, engine }: Given): Promise<string> {
  const name = scratchNetwork(app.name, point)
  await engine.ensureNetwork({ name, key: name.slice(app.name.length + 1), app: app.name, internal: true })
  return name
}

export async function makeVolume(name: string, { app, engine }: Given): Promise<void> {
  await engine.ensureVolume({ name, key: name.slice(app.name.length + 1), app: app.name })
}

/** Removes every container, volume and network that a backup, drill or restore of the point has left. */
export async function clearUp(point: string, context: Given): Promise<void> {
  const { app, engine } = context
  for (const { id } of await engine.containers({ app: app.name, role: toolRole }))
    await engine.removeContainer(id)
  const dumped = manifestOf(point, context)?.servers ?? []
  for (const { service } of [...dumped, ...contentsOf(app).databases])
    await engine.removeVolume(scratchVolume(app.name, point, service))
  await engine.removeVolume(stagingVolume(app.name, point))
  await engine.removeNetwork(scratchNetwork(app.name, point))
}

/** Files of the app that are there: a single file that is mounted belongs to the project. */
export async function presentMedia(app: App): Promise<Media[]> {
  const { media } = contentsOf(app)
  const isThere = await Promise.all(media.map(({ source }) => !source.startsWith('/') || isFolder(source)))
  return media.filter((_, index) => isThere[index] === true)
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Writes a file beside the dumps. */
export async function writeBeside(path: string, text: string, point: string, context: Given): Promise<void> {
  await runBeside({ program: 'tee', argv: [path], reads: true }, point, { ...context, input: text })
}

async function runBeside(
  command: Pick<Tool, 'program' | 'argv' | 'reads'>,
  point: string,
  { app, engine, instance, repositories, input }: Given & { input?: string },
): Promise<string> {
  const mounts = [{ source: stagingVolume(app.name, point), target: inside.dump, writes: true }]
  const { image } = repositories
  const args = toolArguments({ ...command, instance, app: app.name, image, network: 'none', mounts })
  const { exitCode, stdout, lines } = await engine.tool(args, input === undefined ? {} : { input })
  if (exitCode === 0) return stdout
  throw new MuelleError('BACKUP_FAILED', `${command.program} failed in the staging volume.`, { log: lines })
}

export function readBeside(path: string, point: string, context: Given): Promise<string> {
  return runBeside({ program: 'cat', argv: [path] }, point, context)
}

/** What this machine knows of a restore point. */
export function manifestOf(
  point: string,
  { app, store }: Pick<Given, 'app' | 'store'>,
): Manifest | undefined {
  const text = store.backups(app.name).find((backup) => backup.point === point)?.manifest
  return text === undefined || text === null ? undefined : readManifest(text)
}

/** @throws Error for what is no manifest, or one of a later Muelle */
export function readManifest(text: string): Manifest {
  return manifestSchema.parse(JSON.parse(text))
}

/**
 * The image of the server that runs, or else of the file, or else the one that the dump is from. That of a server outside
 * is fetched.
 */
export async function serverImage(
  { service, image }: { service: string; image: string | undefined },
  context: Pick<Context, 'app' | 'engine' | 'note' | 'signal' | 'standIns'>,
): Promise<ImageConfig> {
  const { app, engine } = context
  const outside = outsideOf(app, service)?.image
  if (outside !== undefined) await ensureImage(outside, context, context)
  const [running] = await engine.containers({ app: app.name, service, role: 'backing' })
  const wanted = outside ?? app.file.services[service]?.image
  for (const reference of [running?.image, wanted, image]) {
    const found = reference === undefined ? undefined : await engine.imageConfig(reference)
    if (found !== undefined) return found
  }
  throw new MuelleError('IMAGE_UNAVAILABLE', `The image of ${service} is not here.`, {
    hint: `Pull it:  docker pull ${image ?? wanted}`,
  })
}
