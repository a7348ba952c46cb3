import type { ImageConfig } from '../port.ts'
import type { EngineApi } from './api.ts'
import { ignoreMissing } from './refusals.ts'

interface InspectedImage {
  Id: string
  Config: {
    User?: string
    Env?: readonly string[] | null
    Entrypoint?: readonly string[] | null
    Cmd?: readonly string[] | null
    Healthcheck?: { Test?: readonly string[] }
    Labels?: Readonly<Record<string, string>> | null
  }
}

export async function readImage(api: EngineApi, reference: string): Promise<ImageConfig | undefined> {
  const [found, layers] = await Promise.all([
    api.get<InspectedImage>(imagePath(reference, '/json')).catch(ignoreMissing),
    api.get<{ CreatedBy: string }[]>(imagePath(reference, '/history')).catch(ignoreMissing),
  ])
  if (found === undefined) return undefined
  const { Config } = found
  return {
    id: found.Id,
    user: Config.User ?? '',
    env: Config.Env ?? [],
    entrypoint: Config.Entrypoint ?? [],
    command: Config.Cmd ?? [],
    hasHealthcheck: healthArgv(Config.Healthcheck?.Test ?? []) !== undefined,
    history: (layers ?? []).map(({ CreatedBy }) => CreatedBy),
    ...standInOf(Config.Labels ?? {}),
  }
}

/** What is made from a stand-in has its labels too, and names the one that it is made from: images/README.md. */
function standInOf(labels: Readonly<Record<string, string>>): Pick<ImageConfig, 'standIn'> {
  const official = labels['org.muelle.stand-in.for']
  const holds = labels['org.muelle.stand-in.holds']
  return official === undefined || holds === undefined ? {} : { standIn: { official, holds } }
}

/** A reference may hold slashes, which are part of the path, and a digest. */
export function imagePath(reference: string, rest = ''): string {
  return `/images/${reference}${rest}`
}

/** Docker's `["CMD", ...]`, `["CMD-SHELL", line]` and `["NONE"]` forms of a health check. */
export function healthArgv([form, ...rest]: readonly string[]): readonly string[] | undefined {
  if (form === 'CMD') return rest
  if (form === 'CMD-SHELL') return ['/bin/sh', '-c', ...rest]
  return undefined
}
