import { z } from 'zod'
import type { Route } from './route.ts'

/** The route that describes the others, as OpenAPI 3.1, which takes JSON Schema as it is. */
export function describeApi(routes: readonly Route[]): Route {
  return {
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This description',
    need: 'read',
    response: z.record(z.string(), z.unknown()),
    answer: { kind: 'json', handle: async (_, { version }) => renderOpenApi(routes, version) },
  }
}

/** Pure. */
function renderOpenApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Muelle', version },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      responses: { problem: { description: 'RFC 9457', ...content('application/problem+json', problem) } },
    },
  }
}

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', description: 'One of docs/reference/errors.md' },
    hint: { type: 'string' },
  },
}

function operation({ summary, need, params, query, body, response, status = 200, answer }: Route): object {
  const types = {
    events: 'text/event-stream',
    text: 'text/plain',
    json: 'application/json',
    raw: 'application/json',
  }
  const type = types[answer.kind]
  return {
    summary,
    description: describeNeed(need),
    ...(need === 'signature' ? {} : { security: [{ token: [] }] }),
    parameters: [...parametersOf('path', params), ...parametersOf('query', query)],
    ...(body === undefined ? {} : { requestBody: content('application/json', schemaOf(body, 'input')) }),
    responses: {
      [status]: { description: summary, ...content(type, schemaOf(response, 'output')) },
      default: { $ref: '#/components/responses/problem' },
    },
  }
}

function describeNeed(need: Route['need']): string {
  if (need === 'signature') return 'Needs a signature of the body.'
  if (need === 'setup') return 'Needs a set-up token.'
  return need === 'local' ? 'Only on the socket.' : `Needs the scope ${need}.`
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject | undefined): object[] {
  return Object.entries(schema?.shape ?? {}).map(([name, part]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: schemaOf(part as z.ZodType, 'input'),
  }))
}

function content(type: string, schema: object): object {
  return { content: { [type]: { schema } } }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
