import { spawn } from '../engine/spawn.ts'
import { type Firewall, readFirewall, readJails } from './firewall.ts'

/** What stands around Docker on this machine. */
export interface Surroundings {
  firewall: Firewall
  /** Undefined when it does not run, or this user may not ask it. */
  jails: readonly string[] | undefined
}

/** Changes nothing. Only root is told. */
export async function lookAround(signal: AbortSignal): Promise<Surroundings> {
  const [rules, watched] = await Promise.all([
    spawn('nft', ['--json', 'list', 'ruleset'], { signal }),
    spawn('fail2ban-client', ['status'], { signal }),
  ])
  return {
    firewall: rules.exitCode === 0 ? readFirewall(rules.stdout) : { state: 'unknown' },
    jails: watched.exitCode === 0 ? readJails(watched.stdout) : undefined,
  }
}
