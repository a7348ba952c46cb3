import type { ErrorReport } from '../errors/muelle-error.ts'

/** What a deployment tells whoever watches: the terminal, a plain log, later the API and the dashboard. */
export type DeploymentEvent =
  | { type: 'begin'; app: string; title: string; steps: readonly string[] }
  | { type: 'step-started'; index: number; title: string }
  | { type: 'step-done'; index: number; title: string; durationMs: number; isNotNeeded?: boolean }
  | { type: 'step-failed'; index: number; title: string; error: ErrorReport }
  | { type: 'output'; index: number; line: string }
  | { type: 'note'; message: string }
  /** All traffic is on the release; clean-up may go on. */
  | { type: 'live'; release: number }
  | { type: 'undoing'; title: string }

export type Emit = (event: DeploymentEvent) => void
