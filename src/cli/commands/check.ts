import { type Command, flag, type Io, type Output, shared } from '../command.ts'
import { loadProject } from '../load-project.ts'
import { table } from '../render/format.ts'

export const check: Command = {
  name: 'check',
  summary: 'Look for what should not go into production: Compose file, images, Django, nginx',
  arguments: [{ name: '[path]', description: 'the project folder (default: the current one)' }],
  options: [
    shared.environment,
    shared.files,
    { flags: '--rules', description: 'list the rules instead' },
    { flags: '--server', description: 'look at firewall and fail2ban of this machine instead' },
  ],
  returnsData: true,
  examples: [
    'muelle check',
    'muelle check path/to/project --json',
    'muelle check --rules',
    'muelle check --server',
  ],
  run: async (input, io) => {
    if (flag(input, 'rules')) return listRules()
    if (flag(input, 'server')) return lookAtServer(io)
    const { app, facts, warnings } = await loadProject(input, io)
    const [{ examine }, { count, exitCodeOf }, { renderFindings }] = await Promise.all([
      import('../../facts/examine.ts'),
      import('../../check/check.ts'),
      import('../render/findings.ts'),
    ])
    const { findings, notChecked } = await examine(facts, await io.services(), io)
    return {
      data: { app: app.name, count: count(findings), findings, notChecked, warnings },
      text: renderFindings(app.name, findings, notChecked),
      exitCode: exitCodeOf(findings),
    }
  },
}

/** Recommended, and no part of a project: so it stops nothing. */
async function lookAtServer({ signal }: Io): Promise<Output> {
  const [{ lookAround }, { renderSurroundings }] = await Promise.all([
    import('../../server/look.ts'),
    import('../render/surroundings.ts'),
  ])
  const data = await lookAround(signal)
  return { data, text: renderSurroundings(data) }
}

async function listRules(): Promise<Output> {
  const { rules } = await import('../../check/rules.ts')
  return {
    data: rules.map(({ id, severity, reason, fix }) => ({ id, severity, reason, fix })),
    text: table([
      ['RULE', 'SEVERITY', 'WHY'],
      ...rules.map(({ id, severity, reason }) => [id, severity, reason]),
    ]),
  }
}
