import { matchesGlob } from 'node:path'
import type { UpdateSettings } from '../../app/schema.ts'
import type { Received } from './delivery.ts'

/** Pure: why a delivery changes nothing; undefined when the app is to be updated. */
export function whyIgnored(
  { event, push }: Pick<Received, 'event' | 'push'>,
  update: UpdateSettings | undefined,
): string | undefined {
  if (event === 'ping') return 'ping'
  if (push === undefined) return 'no push'
  if (update === undefined) return 'x-muelle.update is not set'
  if (push.ref !== `refs/heads/${update.branch}`) return `not ${update.branch}`
  if (push.isDeleted) return 'the branch was deleted'
  const { paths } = update
  if (paths === undefined || push.paths === undefined) return undefined
  const isWanted = push.paths.some((path) => paths.some((pattern) => matchesGlob(path, pattern)))
  return isWanted ? undefined : 'nothing below x-muelle.update.paths'
}
