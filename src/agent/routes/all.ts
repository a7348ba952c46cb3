import { getApps, getDeployment, getDeployments, getReleases } from './apps.ts'
import { getAgent, getJobEvents, postCommand, postReplace, postStop } from './commands.ts'
import { getEvents } from './events.ts'
import { postHook } from './hooks.ts'
import { getJob, getJobs, postDeploy, postRollback, postUpdate } from './jobs.ts'
import { getMetrics } from './metrics.ts'
import { describeApi } from './openapi.ts'
import type { Route } from './route.ts'
import { getStatus } from './status.ts'
import { deleteToken, getAudit, getTokens, postSetup, postToken } from './tokens.ts'

const described: readonly Route[] = [
  getAgent,
  getStatus,
  getMetrics,
  getApps,
  getReleases,
  getDeployments,
  getDeployment,
  getEvents,
  getJobs,
  getJob,
  getJobEvents,
  postStop,
  postCommand,
  postReplace,
  postDeploy,
  postUpdate,
  postRollback,
  postHook,
  getTokens,
  postToken,
  postSetup,
  deleteToken,
  getAudit,
]

/** All that the API has. */
export const routes: readonly Route[] = [...described, describeApi(described)]
