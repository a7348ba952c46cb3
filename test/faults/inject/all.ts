import { ofClock } from './clock.ts'
import { ofContainers } from './containers.ts'
import { ofDatabase } from './database.ts'
import type { Fault } from './fault.ts'
import { ofGateway } from './gateway.ts'
import { ofOwnEngine } from './own-engine.ts'
import { ofRelease } from './release.ts'
import { ofState } from './state.ts'

/** On any machine. */
const faults: readonly Fault[] = [
  ...ofRelease,
  ...ofContainers,
  ...ofGateway,
  ...ofDatabase,
  ...ofState,
  ...ofClock,
]

/** Those whose name has a text in it; `own`: those that need an engine of their own. */
export function select(text: string, { own }: { own: boolean }): Fault[] {
  return (own ? ofOwnEngine : faults).filter(({ name }) => name.includes(text))
}
