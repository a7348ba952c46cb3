import type { z } from 'zod'
import { MuelleError } from '../errors/muelle-error.ts'
import type { ComposeFile } from './compose.ts'
import { type AppSettings, appSchema, type ServiceSettings, serviceSchema } from './schema.ts'

export interface Settings {
  app: AppSettings
  services: Readonly<Record<string, ServiceSettings>>
}

/**
 * Validates every `x-muelle` block of a Compose file.
 * @throws MuelleError CONFIG_UNKNOWN_KEY or CONFIG_INVALID, naming the block and the key
 */
export function readSettings(file: ComposeFile): Settings {
  return {
    app: parseBlock(appSchema, file['x-muelle'], 'x-muelle'),
    services: Object.fromEntries(
      Object.entries(file.services).map(([name, service]) => [
        name,
        parseBlock(serviceSchema, service['x-muelle'], `services.${name}.x-muelle`),
      ]),
    ),
  }
}

function parseBlock<T extends z.ZodObject>(schema: T, block: unknown, where: string): z.infer<T> {
  const result = schema.safeParse(block ?? {})
  if (result.success) return result.data
  const issues = result.error.issues
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys')
  if (unknown !== undefined) {
    throw new MuelleError(
      'CONFIG_UNKNOWN_KEY',
      `${where} has an unknown key: ${[...unknown.path, ...unknown.keys].join('.')}`,
      {
        hint: `Known keys of ${where}: ${Object.keys(schema.shape).join(', ')}`,
      },
    )
  }
  throw new MuelleError(
    'CONFIG_INVALID',
    issues.map((issue) => `${[where, ...issue.path].join('.')}: ${explain(issue)}`).join('\n'),
    { hint: 'Every key is described in docs/reference/x-muelle.md' },
  )
}

/** For a key of a map, zod keeps what is wrong with it one level down. */
function explain(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
}
