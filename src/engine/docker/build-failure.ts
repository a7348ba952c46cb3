import { MuelleError } from '../../errors/muelle-error.ts'

/** Names the cause of a failed build from what the builder printed. */
export function buildFailure(failure: MuelleError): MuelleError {
  const text = failure.log.join('\n')
  const { log } = failure
  if (/no space left on device/i.test(text)) {
    return new MuelleError('DISK_FULL', 'The build ran out of disk space.', {
      hint: 'See what takes the room:  docker system df',
      log,
      cause: failure,
    })
  }
  const step =
    /process "(.+)" did not complete/.exec(text)?.[1] ??
    /executor failed running \[(.+)\]: exit code/.exec(text)?.[1]
  const message = step === undefined ? 'The image could not be built.' : `The build step failed: ${step}`
  return new MuelleError('BUILD_FAILED', message, {
    hint: 'Nothing was changed. Mend the Dockerfile or its files and run the same command again.',
    log,
    cause: failure,
  })
}
