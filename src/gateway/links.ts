import { mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { armName, liveName, paths } from './config/names.ts'
import { type Pod, socketFolder } from './pod.ts'
import type { Presence } from './presence.ts'

/** The symbolic links that say where traffic goes (docs/decisions/002-switch-by-symlink.md). Each changes in one rename. */

/** Points the arms of apps at the sockets of one nginx container. */
export async function linkArms(pod: Pod, presences: readonly Presence[], fingerprint: string): Promise<void> {
  for (const { app, release } of presences.flatMap(({ arms }) => arms)) {
    const name = armName(app, release)
    await place(join(pod.folder, 'live', name), join(paths.allSockets, fingerprint, name))
  }
  for (const { site } of presences) {
    const live = await readLive(pod, site.app)
    if (live !== undefined) await linkLive(pod, site.app, live)
  }
}

/** Sends the traffic of an app to one release. */
export async function linkLive(pod: Pod, app: string, release: number): Promise<void> {
  await place(join(pod.folder, 'live', liveName(app)), armName(app, release))
}

/** Sends the traffic of a site to a socket that is none of a release. */
export async function linkProgram(pod: Pod, site: string, socket: string): Promise<void> {
  await place(join(pod.folder, 'live', liveName(site)), socket)
}

/** The release that gets the traffic of an app. */
export async function readLive(pod: Pod, app: string): Promise<number | undefined> {
  const target = await readlink(join(pod.folder, 'live', liveName(app))).catch(() => undefined)
  const number = /-r(\d+)\.sock$/.exec(target ?? '')?.[1]
  return number === undefined ? undefined : Number(number)
}

/** Removes the links and sockets that belong to no app and to no nginx container any more. */
export async function sweepLinks(
  pod: Pod,
  presences: readonly Presence[],
  fingerprints: readonly string[],
): Promise<void> {
  const wanted = presences.flatMap(({ site, arms }) => [
    liveName(site.app),
    ...arms.map(({ app, release }) => armName(app, release)),
  ])
  const unwanted = async (folder: string, keep: readonly string[]): Promise<string[]> =>
    (await readdir(folder).catch(() => []))
      .filter((name) => !keep.includes(name))
      .map((name) => join(folder, name))
  const gone = [
    ...(await unwanted(join(pod.folder, 'live'), wanted)),
    ...(await unwanted(socketFolder(pod), fingerprints)),
  ]
  for (const path of gone) await rm(path, { recursive: true, force: true })
}

export async function makeLinkFolders(pod: Pod, fingerprint: string): Promise<void> {
  await mkdir(join(pod.folder, 'live'), { recursive: true })
  await mkdir(socketFolder(pod, fingerprint), { recursive: true })
}

async function place(link: string, target: string): Promise<void> {
  if ((await readlink(link).catch(() => undefined)) === target) return
  await rm(`${link}.next`, { force: true })
  await symlink(target, `${link}.next`)
  await rename(`${link}.next`, link)
}
