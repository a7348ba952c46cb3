import type { AppRecord } from '../../store/apps.ts'
import type { Job } from '../../store/jobs.ts'

/** Pure: the command of Muelle that carries out a job, as its arguments. The one place that knows which that is. */
export function argumentsOf(
  { kind, request, cause }: Pick<Job, 'kind' | 'request' | 'cause'>,
  { name, directory, environment }: AppRecord,
): string[] {
  const recover = ['recover', '--app', name, '--json']
  // What it was called with, and in which environment, went with the process that had it.
  if (cause === 'command') return recover
  switch (kind) {
    case 'update':
      return ['update', '--app', name, '--json']
    case 'deploy':
      return ['up', directory, '--env', environment, '--json']
    case 'rollback':
      return ['rollback', ...optional(request['release']), '--app', name, '--json']
    case 'backup':
      return ['backup', 'create', '--app', name, '--json']
    case 'drill':
      return ['backup', 'drill', '--app', name, '--json']
    case 'certificates':
      return ['certificates', '--renew', '--app', name, '--json']
    case 'run':
      // Compose lets a service be called `--help`.
      return ['run', '--app', name, '--json', '--', ...optional(request['service'])]
    default:
      return recover
  }
}

function optional(value: string | number | undefined): string[] {
  return value === undefined ? [] : [String(value)]
}
