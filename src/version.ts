import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import packageFile from '../package.json' with { type: 'json' }
import { root } from './root.ts'

const repository = join(root, '.git')

/** The version of this program, and the commit of the checkout that it runs from: `0.1.0+3f2a9c1b2d4e`. */
export function readVersion(): string {
  const commit = readCommit()
  return commit === undefined ? packageFile.version : `${packageFile.version}+${commit.slice(0, 12)}`
}

/** Without Git, because every command line that an agent could carry out asks (gitrepository-layout(5)). */
function readCommit(): string | undefined {
  const head = read('HEAD')
  const [, ref] = /^ref: (\S+)$/.exec(head ?? '') ?? []
  if (ref === undefined) return head
  const packed = read('packed-refs')?.split('\n')
  return read(ref) ?? packed?.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0]
}

function read(name: string): string | undefined {
  try {
    return readFileSync(join(repository, name), 'utf8').trim()
  } catch {
    return undefined
  }
}
