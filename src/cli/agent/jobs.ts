import { readFile } from 'node:fs/promises'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Job } from '../../store/jobs.ts'
import { text } from '../command.ts'
import { table } from '../render/format.ts'
import { installation, type Verb } from './verb.ts'

export const jobs: Verb = async ({ input, io }) => {
  const { store } = await io.services()
  const rows = store.jobs({ app: text(input, 'app'), before: Number.MAX_SAFE_INTEGER, limit: 30 })
  return {
    data: rows,
    text:
      rows.length === 0
        ? 'The agent has had nothing to do.'
        : table([['JOB', 'APP', 'KIND', 'ASKED BY', 'STATE', 'AT', ''], ...rows.map(line)]),
  }
}

function line({ id, app, kind, askedBy, state, startedAt, createdAt, error }: Job): string[] {
  return [String(id), app, kind, askedBy, state, startedAt ?? createdAt, error?.message.split('\n')[0] ?? '']
}

export const log: Verb = async ({ rest, io }) => {
  const id = readId(rest)
  const { logOf } = await import('../../agent/queue/start.ts')
  const printed = await readFile(logOf(installation(io).home, id), 'utf8').catch(() => undefined)
  if (printed !== undefined) return { data: { job: id, log: printed }, text: printed.trimEnd() }
  throw unknown(id)
}

/** As the command that began it would have shown it, from its beginning. */
export const follow: Verb = async ({ rest, io }) => {
  const id = readId(rest)
  const [{ followOnTerminal }, { socketOf }] = await Promise.all([
    import('../follow.ts'),
    import('../../agent/socket.ts'),
  ])
  return followOnTerminal(id, socketOf(installation(io).home), io)
}

export const stop: Verb = async ({ rest, io }) => {
  const id = readId(rest)
  const { stopJob } = await import('../../agent/queue/stop.ts')
  const { store } = await io.services()
  const job = stopJob(id, 'command line', store)
  store.audit({ actor: 'command line', action: `stop job ${id}`, outcome: 'done' })
  return {
    data: { job: id, state: job.state },
    text:
      job.endedAt === null
        ? `Job ${id} takes back what it has started. See how it ends:  muelle agent follow ${id}`
        : `Job ${id} has ended (${job.state}).`,
  }
}

function readId([id = '']: readonly string[]): number {
  if (/^\d{1,15}$/.test(id)) return Number(id)
  throw unknown(id)
}

function unknown(id: string | number): MuelleError {
  return new MuelleError('USAGE', `There is no job ${id}, or no log of it.`, {
    hint: 'See the jobs:  muelle agent jobs',
  })
}
