import { z } from 'zod'
import { route } from './route.ts'

const resources = z.object({ memory: z.number().optional(), cpus: z.number().optional() })

const appStatus = z.object({
  app: z.string(),
  environment: z.string(),
  url: z.string(),
  release: z.number().optional(),
  commit: z.string().nullable(),
  certificate: z.object({ expiresAt: z.string(), issuer: z.string(), isSelfSigned: z.boolean() }).optional(),
  updatesPause: z.object({ since: z.string(), reason: z.string(), byHand: z.boolean() }).nullable(),
  services: z.array(
    z.object({
      name: z.string(),
      role: z.string(),
      running: z.number(),
      wanted: z.number(),
      status: z.string(),
      uses: resources,
      limits: resources,
    }),
  ),
})

export const getStatus = route({
  method: 'GET',
  path: '/v1/status',
  summary: 'What runs: apps, releases, services, addresses, and what the agent is doing',
  need: 'read',
  response: z.object({
    version: z.string(),
    startedAt: z.string(),
    jobsUnderWay: z.number(),
    apps: z.array(appStatus),
  }),
  handle: async (_, { status, store, version, startedAt }) => ({
    version,
    startedAt,
    jobsUnderWay: store.jobsUnderWay().length,
    apps: (await status()).map((app) => ({ ...app, services: [...app.services] })) as never,
  }),
})
