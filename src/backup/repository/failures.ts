import { MuelleError } from '../../errors/muelle-error.ts'

/** What it means that restic did not get through to its repository, by what it and ssh say of it. Pure. */

interface Refusal {
  pattern: RegExp
  what: string
  hint(location: string): string
}

/** Neither time nor another try changes anything about these. The first that fits is told. */
const refusals: readonly Refusal[] = [
  {
    pattern: /HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i,
    what: 'its server shows another key than the one that was trusted, as somebody would who stands in between',
    hint: (location) =>
      `Ask whoever runs it whether it has a new key. Only then:  muelle backup trust --from ${location}`,
  },
  {
    pattern: /Host key verification failed|No \S+ host key is known/,
    what: 'the key of its server is not known',
    hint: (location) => `Compare it and trust it:  muelle backup trust --from ${location}`,
  },
  {
    pattern: /: Permission denied \((?:publickey|password|keyboard-interactive)/,
    what: 'its server does not let this machine in',
    hint: () => 'Enter what this prints into authorized_keys there:  muelle backup ssh-key',
  },
  {
    pattern:
      /no credentials found|InvalidAccessKeyId|SignatureDoesNotMatch|access key id you provided|request signature we calculated|access ?denied/i,
    what: 'its server does not take the keys of S3',
    hint: () =>
      'Set them:  muelle secrets set AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY   (for fetch, in the environment)',
  },
  {
    pattern: /\b40[13] (?:Unauthorized|Forbidden)|unexpected HTTP response \(40[13]\)/,
    what: 'its server does not take the user and password',
    hint: () =>
      'Set them:  muelle secrets set RESTIC_REST_USERNAME RESTIC_REST_PASSWORD   (for fetch, in the environment)',
  },
]

const unreachable =
  /connection refused|no such host|could not resolve|no route to host|network is unreachable|timed? ?out|connection reset|connection closed|broken pipe|connection lost|ssh command exited/i

/** Restic goes on trying for a quarter of an hour, and says so each time. */
export function isRetrying(line: string): boolean {
  return /returned error, retrying after/.test(line)
}

/** Restic may have ended before it has read why ssh did. */
export function isUnexplained(lines: readonly string[]): boolean {
  const hasNoSession = lines.some((line) => line.includes('unable to start the sftp session'))
  return hasNoSession && !lines.some((line) => line.includes('subprocess ssh:'))
}

/** Restic makes the bucket with the repository, and until then goes on looking for it. */
export function hasNoBucket(line: string): boolean {
  return /bucket does not exist|NoSuchBucket/i.test(line)
}

/** What it goes on trying in vain. */
export function isRefusal(line: string): boolean {
  return refusals.some(({ pattern }) => pattern.test(line))
}

/** @returns undefined when the server is not what failed */
export function explainServer(location: string, log: readonly string[]): MuelleError | undefined {
  const says = (pattern: RegExp): boolean => log.some((line) => pattern.test(line))
  const refusal = refusals.find(({ pattern }) => says(pattern))
  if (refusal !== undefined) {
    return new MuelleError('REPOSITORY_DENIED', `The repository ${location}: ${refusal.what}.`, {
      hint: refusal.hint(location),
      log,
    })
  }
  if (!says(unreachable)) return undefined
  const what = 'it cannot be reached, or the connection broke'
  return new MuelleError('REPOSITORY_UNUSABLE', `The repository ${location}: ${what}.`, {
    hint: 'Nothing that was kept before is lost. See that its server runs; then run the same command again.',
    log,
  })
}
