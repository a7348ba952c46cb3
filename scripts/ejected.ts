import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ejected } from '../test/support/ejection.ts'

/** Writes what `muelle eject` would write of an app, so that other programs can look at it: node scripts/ejected.ts DIR */

const [folder = 'ejected'] = process.argv.slice(2)
for (const { path, text, mode } of ejected().files) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text, { mode })
}
