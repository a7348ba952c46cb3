import type { UpdateSettings } from '../app/schema.ts'
import type { Vault } from '../secrets/vault.ts'
import { type SourceFolder, sourceFolder } from './folder.ts'
import { type Mirror, openMirror } from './mirror.ts'

/** The Git repositories of the apps of an installation. */
export interface Sources {
  folderOf(app: string): SourceFolder
  open(app: string, settings: UpdateSettings): Mirror
}

/** @param home the state folder */
export function createSources(home: string, vault: Vault): Sources {
  const folderOf = (app: string): SourceFolder => sourceFolder(home, app)
  return {
    folderOf,
    open: (app, settings) => openMirror({ app, settings, folder: folderOf(app) }, vault),
  }
}
