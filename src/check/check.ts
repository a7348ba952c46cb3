import { catalogue } from '../errors/catalogue.ts'
import type { Facts } from './facts.ts'
import { type Finding, type Severity, severities } from './rule.ts'
import { rules } from './rules.ts'

/** A finding with what its rule says of it. */
export interface RuledFinding extends Finding {
  id: string
  severity: Severity
  reason: string
}

/** Every finding of every rule, the worst first. */
export function check(facts: Facts): RuledFinding[] {
  return severities.flatMap((severity) =>
    rules
      .filter((rule) => rule.severity === severity)
      .flatMap(({ id, reason, find }) =>
        find(facts).map((finding) => ({ id, severity, reason, ...finding })),
      ),
  )
}

/** How many findings there are of each severity. */
export function count(findings: readonly RuledFinding[]): Record<Severity, number> {
  const of = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length
  return { critical: of('critical'), high: of('high'), medium: of('medium'), low: of('low') }
}

/**
 * Exit code of `muelle check`: that of a stopped deployment when one would be, 3 when something weighs high, and 0 for
 * what can wait.
 */
export function exitCodeOf(findings: readonly RuledFinding[]): number {
  if (findings.some(({ severity }) => severity === 'critical')) return catalogue.CHECK_FAILED.exit
  return findings.some(({ severity }) => severity === 'high') ? 3 : 0
}

/** `compose.yaml:31`, `db` or both. */
export function describePlace({ service, file, line }: Finding): string {
  const written = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}`
  return [service ?? '', written].filter(Boolean).join(', ')
}
