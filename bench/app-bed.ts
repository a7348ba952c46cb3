import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { nowMs } from './clock.ts'
import { createInstallation, type Installation, launcher } from './installation.ts'
import { createClient } from './load/client.ts'
import { answerTo, bodyOf, openRequest, type Target } from './load/request.ts'
import { ownAddress } from './own-address.ts'
import type { Row } from './posts.ts'
import { tearDown } from './tear-down.ts'

const app = join(import.meta.dirname, 'app')

/** Keys of the top-level `x-muelle`. */
export type Settings = Readonly<Record<string, unknown>>

/** The app of the bench, run by a Muelle of its own. Disposing of it leaves nothing. */
export interface AppBed extends AsyncDisposable {
  readonly name: string
  /** A folder for whatever the bench keeps. */
  readonly scratch: string
  readonly target: Target
  /** Runs a command of Muelle about the app; what it reports with `--json`. */
  muelle(command: string, ...argv: readonly string[]): Promise<unknown>
  /** Deploys the next version; settings stay for the ones after it. @throws when another version answers then */
  deploy(change?: Settings): Promise<void>
  /** Makes another release live. @throws when a version answers then that is not this release's */
  become(command: 'rollback' | 'restart', ...argv: readonly string[]): Promise<number>
  /** Those of the latest deployment, on top of the app's own. */
  settings(): Settings
  /** Gives the image of the gateway another name, which all further commands use: to Muelle, a new version of nginx. */
  renameGatewayImage(): Promise<void>
  /** What the app has stored. */
  items(): Promise<Row[]>
  /** The nginx container that was started last. */
  nginx(): Promise<{ id: string; image: string }>
}

const finished = z.object({ release: z.number(), previous: z.number().optional() })

/** @param base settings on top of the app's own */
export async function createAppBed(base: Settings, interrupted: AbortSignal): Promise<AppBed> {
  const project = await copyApp()
  const installation = await createInstallation(project.scratch, interrupted)
  const target = { port: installation.ports.https, host: 'bench.localhost', address: ownAddress(), tls: true }
  const versions = new Map<number, string>()
  const images: string[] = []
  let settings = base
  let latest = 0

  async function muelle(command: string, ...argv: readonly string[]): Promise<unknown> {
    return JSON.parse(await installation.muelle([command, ...argv, '--json'], gatewayImage()))
  }
  const gatewayImage = () => {
    const image = images.at(-1)
    return image === undefined ? {} : { MUELLE_GATEWAY_IMAGE: image }
  }
  async function expectLive(release: number): Promise<number> {
    const [expected, version] = [versions.get(release), await liveVersion(target)]
    if (version === expected) return release
    throw new Error(`release ${release} is to be live, with version ${expected}, but ${version} answers`)
  }

  return {
    name: project.name,
    scratch: project.scratch,
    target,
    muelle,
    async deploy(change = {}) {
      settings = { ...settings, ...change }
      const version = String(++latest)
      await project.write(version, settings)
      const { release } = finished.parse(await muelle('up', project.directory, '--yes'))
      versions.set(release, version)
      await expectLive(release)
    },
    async become(command, ...argv) {
      const { release, previous = 0 } = finished.parse(await muelle(command, ...argv, '--app', project.name))
      versions.set(release, versions.get(release) ?? versions.get(previous) ?? '')
      return expectLive(release)
    },
    settings: () => settings,
    async renameGatewayImage() {
      const { image } = await newestNginx(installation)
      const renamed = `${project.name}-gateway:${images.length + 1}`
      await execa('docker', ['tag', image, renamed])
      images.push(renamed)
    },
    items: () => storedItems(target),
    nginx: () => newestNginx(installation),
    async [Symbol.asyncDispose]() {
      const down = ['down', project.name, '--volumes', '--confirm', project.name]
      const env = { ...installation.env, ...gatewayImage() }
      await tearDown(project, { file: launcher, args: down, env })
      if (images.length > 0) await execa('docker', ['rmi', ...images], { reject: false })
    },
  }
}

/** A copy of the app under a name of its own. */
async function copyApp() {
  const scratch = await mkdtemp(join(tmpdir(), 'muelle-bench-'))
  const name = `bench-${randomBytes(3).toString('hex')}`
  const directory = join(scratch, name)
  await cp(app, directory, { recursive: true, filter: (source) => !source.endsWith('.ts') })
  const file = join(directory, 'compose.yaml')
  const original = parse(await readFile(file, 'utf8'))
  return {
    name,
    directory,
    scratch,
    async write(version: string, settings: Settings) {
      await writeFile(join(directory, 'VERSION'), `${version}\n`)
      const changed = { ...original, 'x-muelle': { ...original['x-muelle'], ...settings } }
      await writeFile(file, stringify(changed))
    },
    remove: () => rm(scratch, { recursive: true, force: true }),
  }
}

async function liveVersion(target: Target): Promise<string> {
  const client = createClient(target, 0)
  const { version, lost } = await client.send({ method: 'GET', path: '/', scheduledAtMs: nowMs() }, true)
  if (lost !== undefined) throw new Error(`the app does not answer: ${lost}`)
  return version
}

async function storedItems(target: Target): Promise<Row[]> {
  const signal = AbortSignal.timeout(60_000)
  const request = openRequest(target, { method: 'GET', path: '/items', signal }).end()
  const lines = (await bodyOf(await answerTo(request))).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}

async function newestNginx({ instance }: Installation) {
  const labels = [`label=org.muelle.instance=${instance}`, 'label=org.muelle.role=nginx']
  const filters = labels.flatMap((label) => ['--filter', label])
  const { stdout } = await execa('docker', ['ps', ...filters, '--format', '{{.ID}} {{.Image}}'])
  const [id = '', image = ''] = stdout.split('\n')[0]?.split(' ') ?? []
  return { id, image }
}
