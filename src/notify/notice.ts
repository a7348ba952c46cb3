import type { noticeKinds } from '../app/notify-schema.ts'
import type { NotifySettings } from '../app/schema.ts'

export type NoticeKind = (typeof noticeKinds)[number] | 'test'

/** What there is to tell. */
export interface Notice {
  kind: NoticeKind
  app: string
  environment: string
  /** The machine. */
  host: string
  /** ISO 8601. */
  at: string
  release?: number
  previous?: number
  commit?: string
  /** First lines of what was committed since the release before, newest first. */
  changes?: readonly string[]
  url?: string
  /** Of the error, as in docs/reference/errors.md. */
  code?: string
  message?: string
  /** The last lines of the log that explains it. */
  log?: readonly string[]
  /** The next command to run. */
  next?: string
}

/** Beside what the notifier knows by itself. */
export type Told = Omit<Notice, 'app' | 'environment' | 'host' | 'at'>

/** `github`: the status of a commit. */
export type Channel = 'email' | 'slack' | 'webhook' | 'github'

const day = 86_400_000

/** Milliseconds in which the same is told once. */
export function quietFor(kind: NoticeKind): number {
  return kind === 'certificate-expiring' ? 7 * day : day
}

/** Two notices with one key say the same: the same release, or the same failure of the same commit. */
export function keyOf({ kind, code, commit, release, message }: Told): string {
  if (kind === 'deployed') return `${kind}:${release}`
  if (kind === 'certificate-expiring') return `${kind}:${message}`
  return [kind, code, commit ?? release].join(':')
}

/** Where a notice goes, by channel. */
export function targetsOf(settings: NotifySettings, kind: NoticeKind): [Channel, string][] {
  if (kind !== 'test' && !settings.on.includes(kind)) return []
  const { email, slack, webhook } = settings
  const targets: [Channel, string | undefined][] = [
    ['email', email === undefined ? undefined : [email].flat().join(', ')],
    ['slack', slack],
    ['webhook', webhook],
  ]
  return targets.flatMap(([channel, target]) => (target === undefined ? [] : [[channel, target]]))
}

/** Milliseconds until the next attempt, by the number of those that failed; undefined when it is given up. */
export function backOff(failures: number): number | undefined {
  const minutes = [1, 5, 15, 60, 240, 720, 1440][failures - 1]
  return minutes === undefined ? undefined : minutes * 60_000
}
