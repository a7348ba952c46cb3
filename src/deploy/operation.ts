import type { App } from '../app/app.ts'
import type { Repositories } from '../backup/repository.ts'
import type { Engine } from '../engine/port.ts'
import type { Certificates } from '../gateway/certificates/certificates.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Pod } from '../gateway/pod.ts'
import type { Probe } from '../gateway/probe.ts'
import type { AppFiles } from '../release/files.ts'
import type { StandIns } from '../release/images.ts'
import type { Vault } from '../secrets/vault.ts'
import type { Store } from '../store/store.ts'
import type { Step } from './step.ts'
import type { Clock } from './wait.ts'

/** What an operation works with. Nothing in it outlives the deployment but what is in the store and the files. */
export interface Context {
  app: App
  instance: string
  engine: Engine
  gateway: Gateway
  certificates: Certificates
  pod: Pod
  store: Store
  files: AppFiles
  secrets: Vault
  repositories: Repositories
  standIns: StandIns
  probe: Probe
  clock: Clock
  /** The Git commit of a folder. */
  commitOf: (directory: string) => Promise<string | null>
  probeToken: string
  minimumFreeBytes: number
  /** Backing services that may be replaced because someone agreed to it. */
  replace: readonly string[]
  signal: AbortSignal
  onLine: (line: string) => void
  note: (message: string) => void
}

/** How one kind of step is carried out. Each method may be called again after a crash, and then does no harm. */
export interface Operation<S extends Step> {
  /** Asked before `run`: a step before it may have found that there is nothing to do. Without, there is. */
  isNeeded?(step: S, context: Context): boolean
  /** Makes the step's statement true, and ends only once that was observed. */
  run(step: S, context: Context): Promise<void>
  /** The plan goes on meanwhile; it has to be done before a step of one of these kinds. */
  neededBy?: readonly Step['kind'][]
  /** Milliseconds that it may take, when that is longer than usual. */
  timeoutMs?: number
  /** Takes the effect back, whether or not `run` got to its end. */
  undo?(step: S, context: Context): Promise<void>
}

export type Operations = { [K in Step['kind']]: Operation<Extract<Step, { kind: K }>> }
