import { z } from 'zod'
import type { NewJob } from '../../store/jobs.ts'
import type { Actor } from '../access.ts'
import type { AgentContext } from '../context.ts'
import { knownJob } from '../queue/stop.ts'
import { knownApp } from './apps.ts'
import { route } from './route.ts'
import { appName, id, job, ofApp, page, paging, toPage } from './schemas.ts'

const queued = z.object({ job: z.number() })

export const postDeploy = route({
  method: 'POST',
  path: '/v1/apps/:app/deploy',
  summary: 'Queue a deployment of what the folder of the app holds',
  need: 'deploy',
  params: ofApp,
  response: queued,
  status: 202,
  handle: async ({ params, actor }, context) =>
    enqueue({ app: params.app, kind: 'deploy', request: {} }, actor, context),
})

export const postUpdate = route({
  method: 'POST',
  path: '/v1/apps/:app/update',
  summary: 'Queue an update to the head of the branch, as a push does',
  need: 'deploy',
  params: ofApp,
  response: queued,
  status: 202,
  handle: async ({ params, actor }, context) =>
    enqueue({ app: params.app, kind: 'update', request: {} }, actor, context),
})

export const postRollback = route({
  method: 'POST',
  path: '/v1/apps/:app/rollback',
  summary: 'Queue the return to the release before the live one, or to a given one',
  need: 'deploy',
  params: ofApp,
  body: z.object({ release: z.int().min(1).optional() }),
  response: queued,
  status: 202,
  handle: async ({ params, body, actor }, context) => {
    const request = body.release === undefined ? {} : { release: body.release }
    return enqueue({ app: params.app, kind: 'rollback', request }, actor, context)
  },
})

export const getJobs = route({
  method: 'GET',
  path: '/v1/jobs',
  summary: 'What the agent has queued, does and did, newest first',
  need: 'read',
  query: paging.extend({ app: appName.optional() }),
  response: page(job),
  handle: async ({ query }, { store }) => toPage(store.jobs(query), query.limit, (each) => each.id),
})

export const getJob = route({
  method: 'GET',
  path: '/v1/jobs/:id',
  summary: 'One job of the agent',
  need: 'read',
  params: z.object({ id }),
  response: job,
  handle: async ({ params }, { store }) => knownJob(params.id, store),
})

function enqueue(
  asked: Pick<NewJob, 'app' | 'kind' | 'request'>,
  actor: Actor,
  { store, wake }: AgentContext,
): { job: number } {
  knownApp(asked.app, store)
  const job = store.enqueue({ ...asked, cause: 'api', askedBy: actor.name })
  wake()
  return { job }
}
