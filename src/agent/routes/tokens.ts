import { z } from 'zod'
import { addToken, exchangeToken, removeToken, tokenName } from '../tokens.ts'
import { route } from './route.ts'
import { page, paging, scope, toPage } from './schemas.ts'

const token = z.object({
  name: z.string(),
  scope,
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
  expiresAt: z.string().nullable().describe('Of a set-up token'),
})

export const getTokens = route({
  method: 'GET',
  path: '/v1/tokens',
  summary: 'Who may ask the agent',
  need: 'admin',
  response: z.array(token),
  handle: async (_, { store }) => store.tokens(),
})

const madeToken = z.object({ name: z.string(), scope, token: z.string() })

export const postToken = route({
  method: 'POST',
  path: '/v1/tokens',
  summary: 'Make a token; this answer is the only one that has it',
  need: 'admin',
  body: z.object({ name: tokenName, scope }),
  response: madeToken,
  status: 201,
  handle: async ({ body }, { store }) => addToken(body, store),
})

export const postSetup = route({
  method: 'POST',
  path: '/v1/setup',
  summary: "Make an administrator's token with a set-up token, which is worthless from then on",
  need: 'setup',
  body: z.object({ name: tokenName }),
  response: madeToken,
  status: 201,
  handle: async ({ body, actor }, { store }) =>
    exchangeToken({ name: body.name, setup: actor.hash ?? '' }, store),
})

export const deleteToken = route({
  method: 'DELETE',
  path: '/v1/tokens/:name',
  summary: 'Make a token worthless',
  need: 'admin',
  params: z.object({ name: tokenName }),
  response: z.object({ removed: z.string() }),
  handle: async ({ params }, { store }) => {
    removeToken(params.name, store)
    return { removed: params.name }
  },
})

export const getAudit = route({
  method: 'GET',
  path: '/v1/audit',
  summary: 'Who asked the agent to change something, and who was refused, newest first',
  need: 'admin',
  query: paging,
  response: page(
    z.object({
      id: z.number(),
      at: z.string(),
      actor: z.string(),
      action: z.string(),
      outcome: z.string(),
    }),
  ),
  handle: async ({ query }, { store }) => toPage(store.auditLog(query), query.limit, ({ id }) => id),
})
