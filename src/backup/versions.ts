import { MuelleError } from '../errors/muelle-error.ts'
import type { ServerDump } from './manifest.ts'

/**
 * Why a server cannot take a dump, as far as the versions of the two tell: dumps go forward, not back. Pure.
 * @param version of the server
 */
export function cannotTake(
  { kind, version: from }: Pick<ServerDump, 'kind' | 'version'>,
  version: string,
): string | undefined {
  const [was, is] = [product(kind, from), product(kind, version)]
  if (was.name !== is.name) return `it is ${is.name}, and the dump is from ${was.name}`
  const isBack = was.rank.some(
    (part, index) =>
      part > (is.rank[index] ?? 0) && was.rank.slice(0, index).join() === is.rank.slice(0, index).join(),
  )
  return isBack
    ? `it is ${is.name} ${is.rank.join('.')}, and the dump is from ${was.rank.join('.')}`
    : undefined
}

/** Which numbers of a version tell of another format. */
function product(kind: ServerDump['kind'], version: string): { name: string; rank: number[] } {
  const numbers = (count: number): number[] =>
    (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').slice(0, count).map(Number)
  if (kind === 'postgres') return { name: 'PostgreSQL', rank: numbers(1) }
  // Each minor version may have a new format of its file.
  if (kind === 'redis') return { name: 'Redis', rank: numbers(2) }
  return { name: /mariadb/i.test(version) ? 'MariaDB' : 'MySQL', rank: numbers(1) }
}

/** It says nothing of the restore point, which an image of that version takes. */
export function refusal(service: string, why: string): MuelleError {
  return new MuelleError('RESTORE_FAILED', `${service} cannot take the dump: ${why}.`, {
    hint: 'What is there was left as it is. Name an image in the Compose file that can, deploy it, and run the same command again.',
  })
}
