import { check, describePlace, type RuledFinding } from '../check/check.ts'
import type { Facts } from '../check/facts.ts'
import { rules } from '../check/rules.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Emit } from '../events/events.ts'

/** What a person agreed to, by rule. */
export type Allow = readonly string[]

/**
 * Looks at the files of a project before anything is touched. What is critical stops the deployment unless its rule is
 * named; of the rest one line tells.
 * @returns the rules that found something and were allowed to
 * @throws MuelleError CHECK_FAILED, or USAGE for a rule that there is none of
 */
export function preflight(facts: Facts, allow: Allow, emit: Emit): Allow {
  refuseUnknown(allow)
  const findings = check(facts)
  const told = findings.filter(({ id }) => !allow.includes(id))
  const stopping = told.filter(({ severity }) => severity === 'critical')
  if (stopping.length > 0) throw stopped(stopping)
  const summary = summarise(told)
  if (summary !== undefined) emit({ type: 'note', message: summary })
  return allow.filter((id) => findings.some((finding) => finding.id === id))
}

/** What `preflight` would say, in a line: for a plan, which stops nothing. */
export function foresee(facts: Facts): string | undefined {
  const findings = check(facts)
  const ids = new Set(findings.flatMap(({ id, severity }) => (severity === 'critical' ? [id] : [])))
  if (ids.size === 0) return summarise(findings)
  return `The check stops this deployment: ${[...ids].join(', ')}. See why:  muelle check`
}

function refuseUnknown(allow: Allow): void {
  const unknown = allow.find((id) => !rules.some((rule) => rule.id === id))
  if (unknown === undefined) return
  throw new MuelleError('USAGE', `There is no rule called ${unknown}.`, {
    hint: 'See which there are:  muelle check --rules',
  })
}

function stopped(findings: readonly RuledFinding[]): MuelleError {
  const ids = [...new Set(findings.map(({ id }) => id))]
  const lines = findings.map(
    (finding) => `${finding.id} (${describePlace(finding)}): ${finding.what}\n  ${finding.write}`,
  )
  return new MuelleError(
    'CHECK_FAILED',
    ['Nothing was deployed, because the check found:', ...lines].join('\n'),
    {
      hint: `Mend it, or run the same command with  --allow ${ids.join(' ')}`,
    },
  )
}

/** High ones by name; undefined when there is nothing to say. */
function summarise(findings: readonly RuledFinding[]): string | undefined {
  if (findings.length === 0) return undefined
  const high = findings.filter(({ severity }) => severity === 'high')
  const rest = findings.length - high.length
  const names = [...new Set(high.map(({ id }) => id))]
    .map(
      (id) =>
        `${id} (${[...new Set(high.filter((one) => one.id === id).map(({ service, file }) => service ?? file))].join(', ')})`,
    )
    .join(', ')
  const said = [
    ...(high.length === 0 ? [] : [`high: ${names}`]),
    ...(rest === 0 ? [] : [`${rest} of less weight`]),
  ]
  return `The check found ${said.join('; ')}. See them:  muelle check`
}
