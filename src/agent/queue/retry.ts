import type { ErrorCode } from '../../errors/catalogue.ts'
import type { Job } from '../../store/jobs.ts'

/** What passes by itself: an engine that is restarted, a network or a registry that is away. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'DOCKER_UNAVAILABLE',
  'IMAGE_UNAVAILABLE',
  'REPOSITORY_UNUSABLE',
  'SOURCE_UNREACHABLE',
])

/** Milliseconds before the second attempt, the third and so on; then it has failed. */
const pausesMs = [30_000, 120_000, 600_000, 1_800_000]

/** Pure: how long to wait before a job that failed is tried once more; undefined when it is not. */
export function retryAfterMs({ kind, attempt }: Pick<Job, 'kind' | 'attempt'>, code: ErrorCode) {
  // Only the app knows whether a job of its own bears to be done twice.
  return kind === 'run' || !passing.has(code) ? undefined : pausesMs[attempt - 1]
}
