import { parseArgs } from 'node:util'
import { z } from 'zod'
import { localhost } from './request.ts'

export const positive = z.coerce.number().positive()
export const positiveInt = z.coerce.number().int().positive()
const share = z.coerce.number().min(0).max(1)

/** Options of plain requests, whatever else a load does. */
export const requestOptions = {
  host: z.string(),
  address: z.ipv4().default(localhost),
  connections: positiveInt.default(60),
  post: share.default(0.2),
  fresh: share.default(0.1),
  rate: positive.default(300),
  exchanges: z.string().optional(),
}

/**
 * Reads a command line whose options are the keys of the schema, each with a value except the flags.
 * @throws when an option is unknown, missing or not of its kind
 */
export function readOptions<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  argv: readonly string[],
  flags: readonly (keyof Shape)[] = [],
) {
  const options = Object.keys(schema.shape).map((name) => {
    return [name, { type: flags.includes(name) ? 'boolean' : 'string' }] as const
  })
  const { values } = parseArgs({ args: [...argv], options: Object.fromEntries(options) })
  return schema.parse(values)
}
