import type { Target } from './load/request.ts'
import type { Project } from './project.ts'
import type { Switch } from './switches.ts'

export interface Deployment extends Switch {
  readonly timing: {
    readonly buildMs: number
    /** From the start of the new containers until they answer. */
    readonly bootMs: number
    /** Migrations and the like, as far as they ran before traffic moved. */
    readonly releaseCommandsMs: number
  }
}

/** One way to run the example app, on a copy and under a name of its own. Disposing of it leaves nothing. */
export interface Contender extends AsyncDisposable {
  readonly project: Project
  readonly target: Target
  /** Changes the app and deploys it. */
  deploy(version: string): Promise<Deployment>
  /** Returns to the version before, which is `to`. */
  rollback(to: string): Promise<Switch>
}
