import { extname, join } from 'node:path'

/** The folder that Muelle is in. The bundle lies as deep in it as this file does: see scripts/bundle.ts. */
export const root = join(import.meta.dirname, '..')

/** What runs this process, for those that it starts to run too: the bundle, or the source. */
export const main = join(import.meta.dirname, `main${extname(import.meta.filename)}`)
