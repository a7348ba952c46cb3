import type { DeploymentEvent, Emit } from '../../events/events.ts'
import { seconds } from './format.ts'

/** One timestamped line a step, for logs and pipes. */
export function plainProgress(write: (line: string) => void, now: () => Date): Emit {
  let total = 0
  return (event) => {
    if (event.type === 'begin') total = event.steps.length
    const line = describe(event, total)
    if (line !== undefined) write(`${now().toISOString()} ${line}\n`)
  }
}

function describe(event: DeploymentEvent, total: number): string | undefined {
  switch (event.type) {
    case 'begin':
      return `${event.app}: ${event.title}, ${event.steps.length} ${event.steps.length === 1 ? 'step' : 'steps'}`
    case 'step-started':
      return undefined
    case 'step-done':
      return `[${event.index + 1}/${total}] ${event.title}: ${event.isNotNeeded === true ? 'not needed' : seconds(event.durationMs)}`
    case 'step-failed':
      return `[${event.index + 1}/${total}] ${event.title}: failed, ${event.error.code}`
    case 'undoing':
      return `taking back: ${event.title}`
    case 'live':
      return `release ${event.release} is live`
    case 'note':
      return event.message
    case 'output':
      return undefined
  }
}
