import { relative } from 'node:path'
import type { App } from '../app/app.ts'
import type { WrittenFile } from '../app/written.ts'
import type { Store } from '../store/store.ts'
import { namedFiles } from './beside.ts'
import { keep, topOf } from './check-out.ts'
import { prefixOf } from './mirror.ts'
import type { Sources } from './sources.ts'

/** What updates have to know of a folder that a person deploys from: where it is in Git, and its files that are not. */
export async function rememberFolder(
  deployed: { app: App; environment: string; written: readonly WrittenFile[]; files: readonly string[] },
  { sources, store }: { sources: Sources; store: Store },
): Promise<void> {
  const { app, environment, written, files } = deployed
  if (app.settings.update === undefined) return
  const { directory, name } = app
  const prefix = await prefixOf(directory)
  store.keepSource(name, { prefix, files: files.map((file) => relative(directory, file)) })
  const paths = namedFiles(written, environment).map((path) => `${prefix}${path}`)
  await keep(paths, { from: topOf(directory, prefix), to: sources.folderOf(name).kept })
}
