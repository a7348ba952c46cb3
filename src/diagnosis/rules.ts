import type { Rule } from './cause.ts'
import { buildFallbacks, buildRules } from './causes/build.ts'
import { connectionRules } from './causes/connections.ts'
import { credentialRules } from './causes/credentials.ts'
import { entrypointRules } from './causes/entrypoint.ts'
import { healthFallbacks, healthRules } from './causes/health.ts'
import { machineRules } from './causes/machine.ts'
import { mountRules } from './causes/mounts.ts'
import { programFallbacks, programRules } from './causes/program.ts'

/** Causes that can be recognised. Where two fit one line, the first of the table is shown. */
export const rules: readonly Rule[] = [
  ...machineRules,
  ...buildRules,
  ...mountRules,
  ...entrypointRules,
  ...credentialRules,
  ...connectionRules,
  ...programRules,
  ...healthRules,
]

/** What can still be said when nothing of the above was seen. */
export const fallbacks: readonly Rule[] = [...healthFallbacks, ...programFallbacks, ...buildFallbacks]
