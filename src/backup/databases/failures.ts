import { MuelleError } from '../../errors/muelle-error.ts'

export function dumpFailed(
  service: string,
  why: string,
  log: readonly string[],
  cause?: unknown,
): MuelleError {
  return new MuelleError('BACKUP_FAILED', `${service} could not be dumped: ${why}. This is no backup.`, {
    hint: 'The backups from before are as they were. Mend the cause and run the same command again.',
    log,
    cause,
  })
}

/** Whoever asked for the program says what that means. */
export function programFailed(service: string, what: string, log: readonly string[]): MuelleError {
  return new MuelleError('BACKUP_FAILED', `${what} at ${service}.`, {
    hint: 'The lines above say why. Mend the cause and run the same command again.',
    log,
  })
}

export function databaseLost(name: string, differences: readonly string[], cause?: unknown): MuelleError {
  const told = differences
    .slice(0, 5)
    .map((difference) => difference.replace(/\.$/, ''))
    .join('; ')
  const more = differences.length > 5 ? ` and ${differences.length - 5} more` : ''
  return new MuelleError('BACKUP_UNPROVEN', `${name} does not come back as it was: ${told}${more}.`, {
    hint: 'Make another backup:  muelle backup create   and keep the older ones until it is proven.',
    log: cause instanceof MuelleError ? cause.log : [],
    cause,
  })
}
