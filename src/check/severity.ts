import { catalogue } from '../errors/catalogue.ts'
import type { RuledFinding } from './check.ts'

/**
 * Exit code of `muelle check`: that of a stopped deployment when one would be, 3 when something weighs high, and 0 for
 * what can wait.
 */
export function exitCodeOf(findings: readonly RuledFinding[]): number {
  if (findings.some(({ severity }) => severity === 'critical')) return catalogue.CHECK_FAILED.exit
  return findings.some(({ severity }) => severity === 'high') ? 3 : 0
}
