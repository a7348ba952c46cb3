import { backingServices } from '../app/app.ts'
import { commandService } from '../release/render.ts'
import { volumeName } from './compose.ts'
import { type Ejection, frontNames, keptServices, needsFront } from './ejection.ts'
import { ejectedImages } from './images.ts'

/** What the scripts do, as data: they say it in two languages. */
export interface Story {
  project: string
  images: readonly string[]
  /** Services whose definitions build those images. */
  builders: readonly string[]
  backing: readonly string[]
  /** Services that run once before the app starts, in order. */
  commands: readonly string[]
  volumes: readonly VolumeToHave[]
  /** The project's folder, when the file reads anything from there. */
  directory: string | undefined
  entrance: { service: string; port: number; scheme: 'http' | 'https'; hosts: readonly string[] }
  /** How to see that visitors get answers; only where nginx can be asked. */
  check: { url: string; resolve: string; strict: boolean } | undefined
}

export interface VolumeToHave {
  name: string
  /** Arguments of `docker volume create` before the name. */
  options: readonly string[]
}

export function tellStory(ejection: Ejection, text: string, volumes: readonly string[]): Story {
  const { app } = ejection
  const images = ejectedImages(app)
  return {
    project: app.name,
    images: images.map(({ tag }) => tag),
    builders: images.map(({ builder }) => builder),
    backing: backingServices(app).map(({ name }) => name),
    commands: app.settings.release.map((_, index) => commandService(index)),
    volumes: volumesToHave(ejection, volumes),
    directory: text.includes('${PROJECT_DIR:-') ? app.directory : undefined,
    entrance: describeEntrance(ejection),
    check: describeCheck(ejection),
  }
}

function volumesToHave({ app }: Ejection, keys: readonly string[]): VolumeToHave[] {
  return keys.flatMap((key) => {
    const volume = app.file.volumes?.[key]
    if (volume === undefined) return []
    const { driver, driver_opts = {} } = volume ?? {}
    const options = Object.entries(driver_opts).flatMap(([name, value]) => ['--opt', `${name}=${value}`])
    return [
      {
        name: volumeName(app.name, key, volume),
        options: [...(driver === undefined ? [] : ['--driver', driver]), ...options],
      },
    ]
  })
}

function describeEntrance(ejection: Ejection): Story['entrance'] {
  const { app, certificate } = ejection
  const hosts = app.entrance.kind === 'domains' ? app.entrance.domains : ['localhost']
  if (!needsFront(ejection)) {
    const web = keptServices(app).find(({ name }) => name === app.web.service)
    const port = web?.definition.ports?.[0]?.target ?? app.web.port
    return { service: app.web.service, port, scheme: 'http', hosts }
  }
  const { nginx } = frontNames(app)
  return certificate === undefined
    ? { service: nginx, port: 80, scheme: 'http', hosts }
    : { service: nginx, port: 443, scheme: 'https', hosts }
}

function describeCheck(ejection: Ejection): Story['check'] {
  if (!needsFront(ejection)) return undefined
  const { scheme, port, hosts } = describeEntrance(ejection)
  const [host = 'localhost'] = hosts
  const { path, strict } = ejection.app.web.health
  return { url: `${scheme}://${host}${path}`, resolve: `${host}:${port}:127.0.0.1`, strict }
}
