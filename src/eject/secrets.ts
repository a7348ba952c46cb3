import { isRealSecret, passwordInUrl } from '../check/secrets.ts'
import { meansSomething } from '../secrets/names.ts'
import { mapStrings, variablesIn } from '../secrets/references.ts'
import { Secret } from '../secrets/secret.ts'
import type { PlainCompose } from './compose.ts'
import type { PlainService } from './services.ts'

/** The value of each secret that a Compose file asks for; undefined where Muelle does not know it. */
export type Values = ReadonlyMap<string, Secret | undefined>

/** Below that it could be anything. */
const leastLength = 8

/** The keys of a service in which a value of its environment may stand again. */
const places = ['environment', 'command', 'entrypoint', 'healthcheck'] as const

/**
 * A file that can be shown to others: what looks like a secret in it becomes a variable. The release has those values
 * from the `.env` of the project, or from the file itself.
 * @param held what Muelle holds of the app
 */
export function withoutSecrets(
  file: PlainCompose,
  held: ReadonlyMap<string, Secret>,
): { file: PlainCompose; values: Values } {
  const found = findSecrets(file, new Set(held.keys()))
  const replace = replacer(found)
  const services = Object.entries(file.services).map(([name, service]) => [
    name,
    { ...service, ...changed(service, replace) },
  ])
  const result: PlainCompose = { ...file, services: Object.fromEntries(services) }
  const taken = [...found].map(([value, name]) => [name, new Secret(value.replaceAll('$$', '$'))] as const)
  const lifted = new Map(taken)
  const names = [...new Set([...variablesIn(result), ...namedInEnvironment(result)])]
  return { file: result, values: new Map(names.map((name) => [name, lifted.get(name) ?? held.get(name)])) }
}

/** Name by value, as the value stands in the file. */
function findSecrets({ services }: PlainCompose, heldNames: ReadonlySet<string>): Map<string, string> {
  const names = new Map<string, string>()
  const taken = new Set(heldNames)
  for (const [service, { environment = {} }] of Object.entries(services)) {
    for (const [variable, value] of Object.entries(environment as Record<string, string | null>)) {
      const secret = secretIn(variable, value ?? '')
      if (secret === undefined || names.has(secret.value)) continue
      const name = freeName(service, secret.name, taken)
      names.set(secret.value, name)
      taken.add(name)
    }
  }
  return names
}

function secretIn(name: string, value: string): { name: string; value: string } | undefined {
  // In the file a dollar sign is doubled, and looks like a variable.
  if (value.includes('${') || !isRealSecret(name, value.replaceAll('$$', '-'))) return undefined
  const password = passwordInUrl(value)
  const secret = password ?? value
  if (secret.length < leastLength) return undefined
  return { name: password === undefined ? name : `${name}_PASSWORD`, value: secret }
}

/** Two services may have different values for one name, and some names mean something to Compose itself. */
function freeName(service: string, variable: string, taken: ReadonlySet<string>): string {
  const own = variable.replaceAll(/\W/g, '_')
  const longer = `${service.toUpperCase().replaceAll(/\W/g, '_')}_${own}`
  const isFree = (name: string): boolean => !taken.has(name) && !meansSomething(name) && !/^\d/.test(name)
  const numbered = Array.from({ length: taken.size + 2 }, (_, index) => `SECRET_${longer}_${index + 1}`)
  return [own, longer, ...numbered].find(isFree) ?? longer
}

/** In one pass, so that what was put in is not looked at again. */
function replacer(found: ReadonlyMap<string, string>): (text: string) => string {
  if (found.size === 0) return (text) => text
  const longestFirst = [...found.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp([String.raw`\$\{[^}]*\}`, ...longestFirst.map(RegExp.escape)].join('|'), 'g')
  return (text) =>
    text.replaceAll(pattern, (value) => {
      const name = found.get(value)
      return name === undefined ? value : `\${${name}:?}`
    })
}

function changed(service: PlainService, replace: (text: string) => string): PlainService {
  const own = places.filter((place) => service[place] !== undefined)
  return Object.fromEntries(own.map((place) => [place, mapStrings(service[place], replace)]))
}

/** Variables that `secrets:` and `configs:` take their content from. */
function namedInEnvironment({ secrets, configs }: PlainCompose): string[] {
  return [...Object.values(secrets), ...Object.values(configs)].flatMap((definition) => {
    const { environment } = definition as { environment?: string }
    return environment === undefined ? [] : [environment]
  })
}
