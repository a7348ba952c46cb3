import { count, describePlace, type RuledFinding } from '../../check/check.ts'
import { severities } from '../../check/rule.ts'
import { table } from './format.ts'

/**
 * Findings for people, grouped by severity: what is critical or high in full, with why and the next thing to write; of the
 * rest a line for each rule, because there may be one for each service.
 */
export function renderFindings(
  app: string,
  findings: readonly RuledFinding[],
  notChecked: readonly string[],
): string {
  const counts = count(findings)
  const head = severities.map((severity) => `${counts[severity]} ${severity}`).join(', ')
  const groups = severities.flatMap((severity) => {
    const own = findings.filter((finding) => finding.severity === severity)
    if (own.length === 0) return []
    const isWeighty = severity === 'critical' || severity === 'high'
    return ['', severity.toUpperCase(), ...(isWeighty ? inFull(own) : inShort(own))]
  })
  const missing = notChecked.length === 0 ? [] : ['', ...notChecked.map((reason) => `Not checked: ${reason}`)]
  return [`${app}: ${head}`, ...groups, ...missing].join('\n')
}

function inFull(findings: readonly RuledFinding[]): string[] {
  return byRule(findings).flatMap(([first, ...others]) => [
    `  ${first.id}`,
    `    ${first.reason}`,
    ...[first, ...others].flatMap((finding) => [
      `    - ${describePlace(finding)}: ${finding.what}`,
      `      → ${finding.write}`,
    ]),
  ])
}

function inShort(findings: readonly RuledFinding[]): string[] {
  const rows = byRule(findings).map(([first, ...others]) => [
    `  ${first.id}`,
    [...new Set([first, ...others].map((finding) => finding.service ?? describePlace(finding)))].join(', '),
    `→ ${first.write}`,
  ])
  return table([['  RULE', 'WHERE', 'NEXT'], ...rows]).split('\n')
}

function byRule(findings: readonly RuledFinding[]): [RuledFinding, ...RuledFinding[]][] {
  const groups = new Map<string, [RuledFinding, ...RuledFinding[]]>()
  for (const finding of findings) {
    const group = groups.get(finding.id)
    if (group === undefined) groups.set(finding.id, [finding])
    else group.push(finding)
  }
  return [...groups.values()]
}
