import { join } from 'node:path'

/** Where the agent of an installation listens for whoever owns the state folder. */
export function socketOf(home: string): string {
  return join(home, 'agent.sock')
}
