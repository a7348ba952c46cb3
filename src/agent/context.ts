import type { UpdateSettings } from '../app/schema.ts'
import type { AppStatus } from '../deploy/status.ts'
import type { Store } from '../store/store.ts'

/** What the routes need from the agent. */
export interface AgentContext {
  store: Store
  version: string
  /** ISO 8601. */
  startedAt: string
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
  /** Looks at the queue now. */
  wake(): void
  /** Calls back when a process has written to the database. @returns what ends that */
  onWrite(listener: () => void): () => void
}
