import type { UpdateSettings } from '../app/schema.ts'
import type { AppStatus } from '../deploy/status.ts'
import type { NewJob } from '../store/jobs.ts'
import type { Store } from '../store/store.ts'
import type { Entrance } from './entrance.ts'
import type { Launch } from './queue/start.ts'
import type { Successor } from './successor.ts'

/** What the routes need from the agent. */
export interface AgentContext {
  store: Store
  version: string
  /** ISO 8601. */
  startedAt: string
  /** Of 127.0.0.1. */
  port: number | undefined
  /** At the gateway. */
  entrance: Entrance | undefined
  /** Lets another program go on in the place of this one, in a moment. */
  replace(successor: Successor): void
  /** What runs; at most some seconds old. */
  status(): Promise<readonly AppStatus[]>
  /** The same and more, in figures for Prometheus. */
  metrics(): Promise<string>
  /** What signs deliveries for an app; undefined where nobody set it. */
  webhookSecret(app: string): Promise<string | undefined>
  /** What `x-muelle.update` of the live release says. */
  updateOf(app: string): Promise<UpdateSettings | undefined>
  /** Tells the log of the agent about a failure that is nobody's who asked. */
  report(error: unknown): void
  /** Begins a job at once. @returns its number */
  begin(job: NewJob, launch: Launch): number
  /** The file with what a job tells. */
  transcript(job: number): string
  /** Looks at the queue now. */
  wake(): void
  /** Calls back when a process has written to the database. @returns what ends that */
  onWrite(listener: () => void): () => void
}
