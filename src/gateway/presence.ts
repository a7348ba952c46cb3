import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Arm, Share, Site } from './config/model.ts'
import type { FileMount, Pod } from './pod.ts'

/** What one app has at the gateway; kept as data, from which every configuration is rendered anew. */
export interface Presence {
  site: Site
  arms: readonly Arm[]
  /** Visitors of the release under trial. */
  share?: Share
  mounts: readonly FileMount[]
}

export async function readPresences(pod: Pod): Promise<Presence[]> {
  const names = await readdir(join(pod.folder, 'apps')).catch(() => [])
  const files = names.filter((name) => name.endsWith('.json')).sort()
  return Promise.all(
    files.map(async (name) => JSON.parse(await readFile(join(pod.folder, 'apps', name), 'utf8')) as Presence),
  )
}

export async function writePresence(pod: Pod, presence: Presence): Promise<void> {
  const file = presenceFile(pod, presence.site.app)
  await writeFile(`${file}.next`, JSON.stringify(presence, undefined, 2), { flush: true })
  await rename(`${file}.next`, file)
}

export async function removePresence(pod: Pod, app: string): Promise<void> {
  await rm(presenceFile(pod, app), { force: true })
}

function presenceFile(pod: Pod, app: string): string {
  return join(pod.folder, 'apps', `${app}.json`)
}
