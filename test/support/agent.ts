import { createHmac, randomUUID } from 'node:crypto'
import type { AgentContext } from '../../src/agent/context.ts'
import type { UpdateSettings } from '../../src/app/schema.ts'
import { openStore } from '../../src/store/store.ts'

export const webhookSecret = 'correct horse battery staple'

/** What routes need, with a store in memory, one app, and no Docker. */
export function agentContext(overrides: Partial<AgentContext> = {}): AgentContext & { reports: unknown[] } {
  const store = openStore(':memory:')
  store.rememberApp({ name: 'shop', directory: '/srv/shop', environment: 'production' })
  const reports: unknown[] = []
  const update: UpdateSettings = { repo: '/srv/git/shop.git', branch: 'main' }
  return {
    store,
    version: '0.0.0',
    startedAt: new Date(0).toISOString(),
    port: undefined,
    entrance: undefined,
    replace: () => undefined,
    status: async () => [],
    metrics: async () => 'muelle_jobs_under_way 0\n',
    webhookSecret: async (app) => (app === 'shop' ? webhookSecret : undefined),
    updateOf: async (app) => (app === 'shop' ? update : undefined),
    report: (error) => reports.push(error),
    begin: (job) => store.beginJob(job).id,
    transcript: (job) => `/nowhere/job-${job}.events`,
    wake: () => undefined,
    onWrite: () => () => undefined,
    reports,
    ...overrides,
  }
}

export interface Sent {
  headers: Record<string, string>
  body: string
}

/** A push as GitHub sends it (docs.github.com, "Webhook events and payloads"). */
export function pushOf(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const commit = randomUUID().replaceAll('-', '').padEnd(40, '0')
  return {
    ref: 'refs/heads/main',
    before: '1'.repeat(40),
    after: commit,
    created: false,
    deleted: false,
    forced: false,
    commits: [{ id: commit, message: 'change', added: [], removed: [], modified: ['app.py'] }],
    head_commit: { id: commit, message: 'change' },
    repository: { full_name: 'example/shop', pushed_at: Date.now() },
    ...changes,
  }
}

/** Signed and named as GitHub does. */
export function fromGithub(
  payload: unknown,
  {
    secret = webhookSecret,
    id = randomUUID(),
    event = 'push',
  }: { secret?: string; id?: string; event?: string } = {},
): Sent {
  const body = JSON.stringify(payload)
  return {
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-event': event,
      'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  }
}
