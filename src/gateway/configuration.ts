import { access, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MuelleError } from '../errors/muelle-error.ts'
import { renderMain } from './config/main.ts'
import { paths } from './config/names.ts'
import { renderApp } from './config/site.ts'
import type { Presence } from './presence.ts'

/** Relative path below the configuration folder -> text. */
type Files = Readonly<Record<string, string>>

/** Runs nginx's own check on a file inside the container; resolves with its complaint, or undefined. */
export type Validate = (file: string) => Promise<string | undefined>

/**
 * Installs the configuration of all apps of a pod, in one rename, once nginx has accepted it.
 * @returns whether nginx has to be told to read it; then call `reloaded`
 * @throws MuelleError GATEWAY_CONFIG_INVALID; what is installed stays
 */
export async function installConfiguration(
  folder: string,
  presences: readonly Presence[],
  validate: Validate,
): Promise<boolean> {
  const files = render(presences)
  if (await holds(join(folder, 'current'), files)) return isReloadPending(folder)

  const candidate = join(folder, 'candidate')
  await rm(candidate, { recursive: true, force: true })
  await write(candidate, files)
  const complaint = await validate(`${paths.config}/candidate/nginx.conf`)
  if (complaint !== undefined) {
    await rm(candidate, { recursive: true, force: true })
    throw new MuelleError('GATEWAY_CONFIG_INVALID', 'nginx does not accept the configuration of this app.', {
      hint: 'Look at x-muelle.domains and x-muelle.static. The gateway keeps its last good configuration.',
      log: complaint.trim().split('\n').slice(-5),
    })
  }
  await writeFile(pendingMark(folder), '', { flush: true })
  await replaceCurrent(folder, candidate)
  return true
}

/** Notes that nginx was told. Without it, as after a crash in between, the next installation says so again. */
export async function reloaded(folder: string): Promise<void> {
  await rm(pendingMark(folder), { force: true })
}

function isReloadPending(folder: string): Promise<boolean> {
  return access(pendingMark(folder)).then(
    () => true,
    () => false,
  )
}

function pendingMark(folder: string): string {
  return join(folder, 'reload-pending')
}

function render(presences: readonly Presence[]): Files {
  return {
    'nginx.conf': renderMain(presences.map((presence) => presence.site)),
    ...Object.fromEntries(
      presences.map(({ site, arms, share }) => [
        join('sites', `${site.app}.conf`),
        renderApp(site, arms, share),
      ]),
    ),
  }
}

async function holds(folder: string, files: Files): Promise<boolean> {
  const names = await readdir(join(folder, 'sites')).catch(() => [])
  if (names.length !== Object.keys(files).length - 1) return false
  const same = Object.entries(files).map(async ([name, text]) => {
    const found = await readFile(join(folder, name), 'utf8').catch(() => undefined)
    return found === text
  })
  return (await Promise.all(same)).every(Boolean)
}

async function write(folder: string, files: Files): Promise<void> {
  await mkdir(join(folder, 'sites'), { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text, { flush: true })
  }
}

/** Generations alternate between two folders; a link names the one in use, and changes in one rename. */
async function replaceCurrent(folder: string, candidate: string): Promise<void> {
  const link = join(folder, 'current')
  const inUse = await readlink(link).catch(() => undefined)
  const next = inUse === 'config-a' ? 'config-b' : 'config-a'
  await rm(join(folder, next), { recursive: true, force: true })
  await rename(candidate, join(folder, next))
  await rm(`${link}.next`, { force: true })
  await symlink(next, `${link}.next`)
  await rename(`${link}.next`, link)
}
