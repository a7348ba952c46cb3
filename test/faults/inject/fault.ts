import { docker, lines } from '../../support/host.ts'
import type { ComposeDraft } from '../../support/project.ts'
import type { Visitors, World } from '../world.ts'

/**
 * A real fault in a live app under load: what goes wrong, what the command has to say, and which version has to serve
 * afterwards. Nothing may be left behind, and no request lost but where `loses` says so.
 */
export interface Fault {
  name: string
  /** Changes to the Compose file of the next release. */
  change?: (file: ComposeDraft) => void
  /** What is done to the machine before the command. */
  before?: (world: World) => Promise<void>
  /** What is done while the command runs, once it has said this. */
  during?: {
    after: RegExp
    act: (world: World, running: { kill(signal: NodeJS.Signals): void }) => Promise<void>
    /** The command stands still meanwhile, so that it meets the whole of it however busy the machine is. */
    halted?: boolean
  }
  /** Without, few of them come. */
  visitors?: Visitors
  /** Environment of the command. */
  env?: Record<string, string>
  expected: { exitCode: number; serves: 'old' | 'new' }
  /** Requests are lost while the part that was hit is down. */
  loses?: boolean
  /** Ends what is wrong with the machine. */
  after?: (world: World) => Promise<void>
  /** While it lasts not even the way back can be gone to its end: the next command does that. */
  outlasts?: boolean
}

/** The deployment works. */
export const works = { exitCode: 0, serves: 'new' } as const
/** It fails, and was never there. */
export const fails = (exitCode: number) => ({ exitCode, serves: 'old' }) as const

export function change(file: ComposeDraft, name: string, values: Record<string, unknown>): void {
  file.services[name] = { ...file.services[name], ...values }
}

export function settings(file: ComposeDraft, values: Record<string, unknown>): void {
  file['x-muelle'] = { ...file['x-muelle'], ...values }
}

/** Variables of the web service. */
export const environment = (variables: Record<string, string>) => (file: ComposeDraft) =>
  change(file, 'web', { environment: variables })

/** Ids of the containers of a role, newest first. */
export async function ofRole({ host }: World, role: string): Promise<string[]> {
  const own = [`label=org.muelle.instance=${host.instance}`, `label=org.muelle.role=${role}`]
  return lines(await docker('ps', '--quiet', ...own.flatMap((filter) => ['--filter', filter])))
}

/** As the kernel would, out of memory: `docker kill` would keep the container from being started again. */
export async function killContainer(id = ''): Promise<void> {
  process.kill(Number(await docker('inspect', '--format', '{{.State.Pid}}', id)), 'SIGKILL')
}
