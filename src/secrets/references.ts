import type { ComposeFile, ComposeService } from '../app/compose.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Secret } from './secret.ts'

/**
 * How a Compose file keeps saying `${NAME}` where a secret belongs. Compose fills variables in when it loads a file, so
 * it is given a mark instead of the value, and each mark then becomes the variable again. The values are given to the
 * Compose that creates containers, and to nothing else.
 */

const mark = /%muelle-secret-(\w+)%/g

/** What Compose is given as the values of secrets while it loads a file. */
export function marksFor(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `%muelle-secret-${name}%`]))
}

/** Compose refuses to create a container from a file of which such a variable is not set. */
export function withVariables(text: string): string {
  return text.replaceAll(mark, (_, name: string) => `\${${name}:?}`)
}

/**
 * The file that Compose loaded, with variables where it has marks. `external` secrets, which Compose knows only in Swarm,
 * are taken from Muelle's.
 * @param names the secrets that are set; with `isStrict`, no other variable may be in a file of `secrets:`
 * @throws MuelleError SECRET_MISPLACED or SECRET_MISSING
 */
export function useSecrets(loaded: ComposeFile, names: readonly string[], isStrict = false): ComposeFile {
  refuseMisplaced(loaded)
  const file = mapStrings(loaded, withVariables)
  const secrets = Object.entries((file['secrets'] ?? {}) as Record<string, FileSecret>)
  if (secrets.length === 0) return file
  const known = secrets.map(([key, secret]) => {
    const { name = key, external, environment } = secret
    const variable = external === true ? name : environment
    const isOurs = external === true || isStrict
    if (isOurs && variable !== undefined && !names.includes(variable))
      throw missingSecret(variable, file.name)
    return [key, external === true ? { name, environment: name } : secret]
  })
  return { ...file, secrets: Object.fromEntries(known) }
}

interface FileSecret {
  name?: string
  external?: boolean
  environment?: string
  [other: string]: unknown
}

export function missingSecret(name: string, app: string): MuelleError {
  return new MuelleError('SECRET_MISSING', `The secret ${name} of ${app} is not set.`, {
    hint: `Set it:  muelle secrets set ${name} --app ${app}`,
  })
}

/** What only Compose reads, and what ends in no image and in no file of Muelle or the gateway. */
const places = new Set(['environment', 'command', 'entrypoint', 'healthcheck', 'logging'])

function refuseMisplaced({ services, ...rest }: ComposeFile): void {
  for (const [name, service] of Object.entries(services)) {
    for (const [key, value] of Object.entries(service)) {
      if (!places.has(key)) refuse(`services.${name}.${key}`, value)
    }
  }
  for (const [key, value] of Object.entries(rest))
    refuse(key, key === 'x-muelle' ? withoutNotify(value) : value)
}

/** Who is told is looked up when there is something to tell, and no file has it. */
function withoutNotify(block: unknown): unknown {
  if (typeof block !== 'object' || block === null) return block
  const { notify, ...rest } = block as Record<string, unknown>
  return rest
}

function refuse(where: string, value: unknown): void {
  const [name] = marksIn(value)
  if (name === undefined) return
  const isBuild = where.endsWith('.build')
  throw new MuelleError(
    'SECRET_MISPLACED',
    `${where} uses the secret ${name}, which would not stay one there.`,
    {
      hint: isBuild
        ? 'Build arguments stay in the image. Mount it instead:  build: {secrets: [...]}   See docs/guides/secrets.md'
        : `What is no secret belongs into .env; what is one, into environment: or secrets:. See docs/guides/secrets.md`,
    },
  )
}

/** What people should know of where a file has secrets. */
export function warnAboutArguments(file: ComposeFile): string[] {
  return Object.entries(file.services).flatMap(([service, definition]) =>
    (['command', 'entrypoint', 'healthcheck'] as const).flatMap((key) => {
      const names = variablesIn(definition[key])
      return names.length === 0
        ? []
        : [
            `The ${key} of ${service} has the secret ${names.join(', ')} in it: everybody on this machine sees it in ps. Let the program read it from its environment or from /run/secrets.`,
          ]
    }),
  )
}

/** A service as it would be had the file the values in it. */
export function fillIn(
  service: ComposeService,
  values: ReadonlyMap<string, { value: Secret }>,
): ComposeService {
  const fill = (found: string, name = ''): string =>
    values.get(name)?.value.reveal().replaceAll('$', '$$$$') ?? found
  return mapStrings(service, (text) => text.replaceAll(variable, fill))
}

/** `$$` is a dollar sign that means nothing, also right before a variable. */
const variable = /\$\$|\$\{(\w+):\?\}/g

/** Names of the secrets that a part of a file uses. */
export function variablesIn(value: unknown): string[] {
  return namesIn(value, variable)
}

function marksIn(value: unknown): string[] {
  return namesIn(value, mark)
}

function namesIn(value: unknown, pattern: RegExp): string[] {
  const text = JSON.stringify(value) ?? ''
  return [...new Set([...text.matchAll(pattern)].flatMap(([, name]) => name ?? []))]
}

/** A value of which every text was changed, the keys of its objects too. */
export function mapStrings<T>(value: T, change: (text: string) => string): T {
  const map = (part: unknown): unknown => {
    if (typeof part === 'string') return change(part)
    if (Array.isArray(part)) return part.map(map)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [change(key), map(inner)]))
  }
  return map(value) as T
}
