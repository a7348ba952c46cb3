import { join } from 'node:path'
import { type Backed, createBacked } from '../../support/backup.ts'
import { type Cleanup, docker, lines } from '../../support/host.ts'
import type { ComposeDraft } from '../../support/project.ts'
import { type DataKind, kinds } from './kinds.ts'

/** A case that was tried: what, and what was not as expected. */
export interface Tried {
  what: string
  faults: string[]
}

/** Tries one thing after the other on an app, and leaves it as it was: another may follow, or this may be the only one. */
export type Cases = (app: DataApp, options: CaseOptions) => AsyncGenerator<Tried>

export interface CaseOptions {
  /** Lines of the journal. */
  from: number
  every: number
  /** In the repository. */
  flips: number
  seed: number
  /** Of the disks, only those cases whose name has this in it. */
  disk: string
}

/** An app with 20 rows of a kind of data, and with files. */
export interface DataApp extends Backed {
  kind: DataKind
  /** In which restore points are kept. */
  repository: string
  /** Runs a command where the data are. @throws when it fails */
  inside(argv: readonly string[]): Promise<string>
  rows(): Promise<string[]>
  /** Goes on adding rows while something is done. */
  whileWriting<T>(work: () => Promise<T>): Promise<T>
  /** Puts so many bytes into a file of the app that no repository has yet. */
  upload(bytes: number): Promise<void>
  /** Deploys the server of another kind, with an empty volume. */
  become(kind: string): Promise<void>
}

/** KiB a second: an upload takes long enough to be cut. */
const limit = 400

export async function withApp(kind: DataKind, work: (app: DataApp) => Promise<void>): Promise<void> {
  const works: (() => Promise<void>)[] = []
  const cleanup: Cleanup = { after: (undo) => works.push(undo) }
  try {
    const app = await createApp(kind, cleanup)
    for (const argv of kind.prepare) await app.inside(argv)
    for (let row = 1; row <= 20; row++) await app.inside(kind.add(row))
    await work(app)
  } finally {
    for (const undo of works.reverse()) await undo()
  }
}

async function createApp(first: DataKind, cleanup: Cleanup): Promise<DataApp> {
  const backed = await createBacked(cleanup, draft(first, 'data'))
  const { host, project } = backed
  const volume = `${project.name}_media:/media`
  const inMedia = (...argv: string[]): Promise<string> =>
    docker('run', '--rm', '--volume', volume, 'python:3.11-slim', ...argv)
  let nextRow = 21
  const app: DataApp = Object.assign(backed, {
    kind: first,
    repository: join(host.env['MUELLE_HOME'] ?? '', 'backups'),
    inside: (argv: readonly string[]) =>
      app.kind.service === undefined ? inMedia(...argv) : app.inService('db', app.kind.env, ...argv),
    rows: async () => lines(await app.inside(app.kind.rows)),
    whileWriting: async <T>(work: () => Promise<T>): Promise<T> => {
      const writing = new AbortController()
      const written = (async () => {
        while (!writing.signal.aborted) await app.inside(app.kind.add(nextRow++))
      })()
      try {
        return await work()
      } finally {
        writing.abort()
        await written
      }
    },
    upload: async (bytes: number) => {
      await inMedia('sh', '-c', `head -c ${bytes} /dev/urandom > /media/upload`)
    },
    become: async (name: string) => {
      const kind = kinds[name]
      if (kind === undefined) throw new Error(`there is no ${name}`)
      await project.write(name, draft(kind, `data-${name}-${nextRow++}`))
      const { exitCode, stderr } = await host.muelle('up', project.directory, '--replace', 'db')
      if (exitCode !== 0) throw new Error(stderr)
      app.kind = kind
    },
  })
  return app
}

function draft({ service }: DataKind, volume: string): (file: ComposeDraft) => void {
  return (file) => {
    file.services['web'] = { ...file.services['web'], volumes: ['media:/media'] }
    file['volumes'] = { media: {} }
    const keep = { last: 3, daily: 0, weekly: 0, monthly: 0 }
    file['x-muelle'] = { ...file['x-muelle'], backups: { limit, keep } }
    if (service === undefined) return
    const mounts = (service['volumes'] as string[]).map((mount) => mount.replace(/^data:/, `${volume}:`))
    file.services['db'] = { ...service, volumes: mounts }
    file['volumes'] = { media: {}, [volume]: {} }
  }
}

/** What is not as expected after a failure: only what was proven before is offered, and nothing is left over. */
export async function faultsAfter(app: DataApp, provenBefore: readonly string[]): Promise<string[]> {
  const points = await app.points()
  const proven = points.filter(({ state }) => state === 'proven').map(({ point }) => point)
  return [
    ...(proven.join() === provenBefore.join() ? [] : [`offered: ${proven.join(', ') || 'none'}`]),
    ...(points.some(({ state }) => state === 'running') ? ['one is still running'] : []),
    ...(await app.leftovers()).map((name) => `left over: ${name}`),
  ]
}

/** The last words of a command that ended otherwise than it should. */
export function unexpected(
  { exitCode, stderr }: { exitCode: number | undefined; stderr: string },
  ...expected: number[]
): string[] {
  if (expected.includes(exitCode ?? -1)) return []
  return [`exit code ${exitCode}: ${lines(stderr).slice(-5).join(' | ')}`]
}
