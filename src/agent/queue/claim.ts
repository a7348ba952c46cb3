import type { Claim } from '../../store/jobs.ts'

/** Set for the process that is to carry out a job of the agent. */
export const claimVariable = 'MUELLE_JOB'

export function writeClaim({ id, attempt }: Claim): string {
  return `${id}.${attempt}`
}

export function readClaim(text: string | undefined): Claim | undefined {
  const [, id, attempt] = /^(\d+)\.(\d+)$/.exec(text ?? '') ?? []
  return id === undefined || attempt === undefined ? undefined : { id: Number(id), attempt: Number(attempt) }
}
