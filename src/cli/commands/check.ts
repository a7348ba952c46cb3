import { count, check as findAll } from '../../check/check.ts'
import type { Facts } from '../../check/facts.ts'
import { rules } from '../../check/rules.ts'
import { exitCodeOf } from '../../check/severity.ts'
import { askDjango } from '../../facts/django.ts'
import { readImages } from '../../facts/images.ts'
import { type CliServices, type Command, flag, type Io, type Output, shared } from '../command.ts'
import { loadProject } from '../load-project.ts'
import { renderFindings } from '../render/findings.ts'
import { table } from '../render/format.ts'

export const check: Command = {
  name: 'check',
  summary: 'Look for what should not go into production: Compose file, images, Django, nginx',
  arguments: [{ name: '[path]', description: 'the project folder (default: the current one)' }],
  options: [shared.environment, shared.files, { flags: '--rules', description: 'list the rules instead' }],
  returnsData: true,
  examples: ['muelle check', 'muelle check path/to/project --json', 'muelle check --rules'],
  run: async (input, io) => {
    if (flag(input, 'rules')) return listRules()
    const { app, facts, warnings } = await loadProject(input, io)
    const { complete, notChecked } = await askImages(facts, await io.services(), io)
    const findings = findAll(complete)
    return {
      data: { app: app.name, count: count(findings), findings, notChecked, warnings },
      text: renderFindings(app.name, findings, notChecked),
      exitCode: exitCodeOf(findings),
    }
  },
}

function listRules(): Output {
  return {
    data: rules.map(({ id, severity, reason, fix }) => ({ id, severity, reason, fix })),
    text: table([
      ['RULE', 'SEVERITY', 'WHY'],
      ...rules.map(({ id, severity, reason }) => [id, severity, reason]),
    ]),
  }
}

/** Adds what only the images know, as far as there are some. */
async function askImages(
  facts: Facts,
  services: CliServices,
  { signal, emit }: Io,
): Promise<{ complete: Facts; notChecked: readonly string[] }> {
  const images = await readImages(facts.app, services)
  const known = { ...facts, images }
  emit({ type: 'note', message: `Checking ${facts.app.name}, Django in its image included` })
  const { django, reason } = await askDjango(known, services, signal)
  return { complete: { ...known, django }, notChecked: reason === undefined ? [] : [reason] }
}
