import { readPairs } from '../../app/written.ts'
import type { Facts } from '../facts.ts'
import { inCompose } from '../place.ts'
import type { Rule } from '../rule.ts'
import { isNobodysSecret, isNoValue, isSecretName, isVariable, passwordInUrl } from '../secrets.ts'

/** A secret of a service as its author wrote it. */
interface WrittenSecret {
  service: string
  name: string
  value: string
}

const secretLiteral: Rule = {
  id: 'compose-secret-literal',
  severity: 'high',
  reason:
    'A secret in the Compose file is read by everyone who may read the repository, and stays in its history.',
  fix: 'Write `$NAME` in its place, and give the value by `muelle secrets set NAME` or in a `.env` that Git ignores; then change the secret, because the old one is known.',
  find: (facts) =>
    writtenSecrets(facts)
      .filter(({ value }) => !isVariable(value))
      .map(({ service, name }) => ({
        ...inCompose(facts, service, 'environment', name),
        what: `${name} of ${service} is written in the file.`,
        write: `${name}: \${${variableFor(name)}}  and  muelle secrets set ${variableFor(name)}`,
      })),
}

const secretFallback: Rule = {
  id: 'compose-secret-fallback',
  severity: 'medium',
  reason:
    'A secret that nobody set is the one that the Compose file falls back to, which everyone who has the file knows.',
  fix: 'Set it by `muelle secrets set NAME` or in `.env`. With `:?` in place of `:-` Compose refuses to go on without it.',
  find: (facts) =>
    writtenSecrets(facts)
      .filter(({ service, name, value }) => {
        const fallback = /^\$\{\w+:?-(.+)\}$/.exec(value)?.[1]
        return fallback !== undefined && facts.app.file.services[service]?.environment?.[name] === fallback
      })
      .map(({ service, name, value }) => ({
        ...inCompose(facts, service, 'environment', name),
        what: `${name} of ${service} is the fallback of the file, because nothing sets it.`,
        write: `muelle secrets set ${/^\$\{(\w+)/.exec(value)?.[1]}`,
      })),
}

/** A later file has the last word. */
function writtenSecrets({ app, written }: Facts): WrittenSecret[] {
  const kept = new Set(app.services.filter(({ role }) => role !== 'replaced').map(({ name }) => name))
  const all = written.flatMap(({ content }) =>
    Object.entries(content.services ?? {}).flatMap(([service, definition]) =>
      Object.entries(readPairs(definition?.environment)).map(([name, value]) => ({ service, name, value })),
    ),
  )
  const last = new Map(all.map((secret) => [`${secret.service}/${secret.name}`, secret]))
  return [...last.values()].filter(
    ({ service, name, value }) => kept.has(service) && holdsSecret(name, value),
  )
}

function holdsSecret(name: string, value: string): boolean {
  if (isNobodysSecret(value)) return false
  const inUrl = passwordInUrl(value)
  if (inUrl !== undefined) return !isVariable(inUrl)
  return isSecretName(name) && !isNoValue(value)
}

function variableFor(name: string): string {
  return name.toUpperCase().replaceAll(/\W/g, '_')
}

export const secretRules: readonly Rule[] = [secretLiteral, secretFallback]
