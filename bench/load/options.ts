import { parseArgs } from 'node:util'
import { z } from 'zod'

const share = z.coerce.number().min(0).max(1)

const schema = z.object({
  port: z.coerce.number().int().positive(),
  host: z.string(),
  plain: z.boolean().default(false),
  'pages-only': z.boolean().default(false),
  connections: z.coerce.number().int().positive().default(60),
  post: share.default(0.2),
  fresh: share.default(0.1),
  rate: z.coerce.number().positive().default(300),
  'spaced-ms': z.coerce.number().positive().optional(),
  rounds: z.coerce.number().int().min(3).default(42),
  exchanges: z.string().optional(),
})

export type LoadOptions = z.infer<typeof schema>

/** @throws when an option is unknown, missing or not of its kind. */
export function readOptions(argv: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      plain: { type: 'boolean' },
      'pages-only': { type: 'boolean' },
      connections: { type: 'string' },
      post: { type: 'string' },
      fresh: { type: 'string' },
      rate: { type: 'string' },
      'spaced-ms': { type: 'string' },
      rounds: { type: 'string' },
      exchanges: { type: 'string' },
    },
  })
  return schema.parse(values)
}
