import { lineKey } from '../app/written.ts'
import type { Facts } from './facts.ts'
import type { Place } from './rule.ts'

/** Where a key of a service is written: its line, or that of the nearest key above it. */
export function inCompose(facts: Facts, service: string, ...keys: readonly string[]): Place {
  return { service, ...atKey(facts, ['services', service, ...keys]) }
}

/** Where a key of the file is written; a later file overrides an earlier one. */
export function atKey({ app, written }: Facts, path: readonly string[]): Place {
  for (let length = path.length; length > 0; length -= 1) {
    const key = lineKey(path.slice(0, length))
    const found = written.findLast(({ lines }) => lines[key] !== undefined)
    const line = found?.lines[key]
    if (found !== undefined && line !== undefined) return { file: relative(app.directory, found.path), line }
  }
  return {}
}

export function relative(directory: string, path: string): string {
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path
}
