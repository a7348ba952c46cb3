import type { Command } from '../command.ts'

/**
 * In the order in which `muelle help` lists them. Only what is asked for is loaded: the others cost more time than it
 * takes Compose to read a file.
 */
const loaders: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./init.ts')).init,
  up: async () => (await import('./up.ts')).up,
  plan: async () => (await import('./plan.ts')).plan,
  check: async () => (await import('./check.ts')).check,
  status: async () => (await import('./status.ts')).status,
  releases: async () => (await import('./releases.ts')).releases,
  rollback: async () => (await import('./rollback.ts')).rollback,
  promote: async () => (await import('./promote.ts')).promote,
  canary: async () => (await import('./canary.ts')).canary,
  scale: async () => (await import('./scale.ts')).scale,
  restart: async () => (await import('./restart.ts')).restart,
  maintenance: async () => (await import('./maintenance.ts')).maintenance,
  backup: async () => (await import('./backup.ts')).backup,
  update: async () => (await import('./update.ts')).update,
  rehearse: async () => (await import('./rehearse.ts')).rehearse,
  updates: async () => (await import('./updates.ts')).updates,
  source: async () => (await import('./source.ts')).source,
  notify: async () => (await import('./notify.ts')).notify,
  agent: async () => (await import('./agent.ts')).agent,
  recover: async () => (await import('./recover.ts')).recover,
  certificates: async () => (await import('./certificates.ts')).certificates,
  secrets: async () => (await import('./secrets.ts')).secrets,
  logs: async () => (await import('./logs.ts')).logs,
  exec: async () => (await import('./exec.ts')).exec,
  run: async () => (await import('./run.ts')).run,
  eject: async () => (await import('./eject.ts')).eject,
  down: async () => (await import('./down.ts')).down,
  version: async () => (await import('./version.ts')).version,
}

export function allCommands(): Promise<readonly Command[]> {
  return Promise.all(Object.values(loaders).map((load) => load()))
}

/** The command that a command line begins with; all of them for help, and for a name that is none. */
export async function commandsFor([name = 'help']: readonly string[]): Promise<readonly Command[]> {
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
  return load === undefined ? allCommands() : [await load()]
}
