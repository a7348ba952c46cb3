import { z } from 'zod'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Store } from '../../store/store.ts'
import { route } from './route.ts'
import { deployment, id, ofApp, page, paging, toPage } from './schemas.ts'

export const getApps = route({
  method: 'GET',
  path: '/v1/apps',
  summary: 'The apps of this machine',
  need: 'read',
  response: z.array(z.object({ name: z.string(), environment: z.string(), directory: z.string() })),
  handle: async (_, { store }) => store.apps(),
})

const release = z.object({
  number: z.number(),
  state: z.enum(['new', 'live', 'superseded', 'failed', 'pruned']),
  createdAt: z.string(),
  commit: z.string().nullable(),
})

export const getReleases = route({
  method: 'GET',
  path: '/v1/apps/:app/releases',
  summary: 'The releases of an app, newest first',
  need: 'read',
  params: ofApp,
  query: paging,
  response: page(release),
  handle: async ({ params, query }, { store }) => {
    knownApp(params.app, store)
    const { before, limit } = query
    const all = store.releases(params.app).filter(({ number }) => number < before)
    return toPage(all.slice(0, limit), limit, ({ number }) => number)
  },
})

export const getDeployments = route({
  method: 'GET',
  path: '/v1/apps/:app/deployments',
  summary: 'What was done to an app, newest first: deployments, rollbacks, backups and the rest',
  need: 'read',
  params: ofApp,
  query: paging,
  response: page(deployment),
  handle: async ({ params, query }, { store }) => {
    knownApp(params.app, store)
    return toPage(store.deployments(params.app, query), query.limit, (each) => each.id)
  },
})

export const getDeployment = route({
  method: 'GET',
  path: '/v1/deployments/:id',
  summary: 'One deployment, and how it ended',
  need: 'read',
  params: z.object({ id }),
  response: deployment,
  handle: async ({ params }, { store }) => {
    const found = store.deployment(params.id)
    if (found !== undefined) return found
    throw new MuelleError('REQUEST_UNKNOWN', `There is no deployment ${params.id}.`, {
      hint: 'See which there are:  GET /v1/apps/APP/deployments',
    })
  },
})

/** @throws MuelleError APP_UNKNOWN */
export function knownApp(name: string, store: Store): void {
  if (store.apps().some((app) => app.name === name)) return
  throw new MuelleError('APP_UNKNOWN', `No app called ${name} is deployed here.`, {
    hint: 'See what is:  muelle status',
  })
}
