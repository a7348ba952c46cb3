import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ComposeFile } from '../../src/app/compose.ts'

/**
 * The production files of five Django projects, as `docker compose config` 2.40 prints them. Its YAML output was
 * turned into JSON, because its own JSON output leaves the `x-` keys of services out.
 */
export type Stack = 'timescale' | 'orta-novias' | 'backend-optimizacion' | 'wisebet' | 'certificados'

export function readStack(name: Stack): ComposeFile {
  const path = join(import.meta.dirname, 'stacks', `${name}.json`)
  return JSON.parse(readFileSync(path, 'utf8')) as ComposeFile
}
