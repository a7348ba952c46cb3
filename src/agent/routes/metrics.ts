import { z } from 'zod'
import type { Route } from './route.ts'

export const getMetrics: Route = {
  method: 'GET',
  path: '/v1/metrics',
  summary:
    'What runs and what visitors asked for, for Prometheus: processors and memory by container, requests by class of answer, releases, backups, certificates',
  need: 'read',
  response: z.string(),
  answer: {
    kind: 'text',
    // prometheus.io, "Exposition formats".
    type: 'text/plain; version=0.0.4; charset=utf-8',
    handle: (context) => context.metrics(),
  },
}
