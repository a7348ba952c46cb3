import { recoverApp } from '../../deploy/with-app.ts'
import type { Command } from '../command.ts'
import { findApps } from '../find-app.ts'

export const recover: Command = {
  name: 'recover',
  summary: 'Bring deployments that died half-way to an end, as every deploying command does first',
  arguments: [{ name: '[app]', description: 'an app or its folder (default: all apps)' }],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle recover', 'muelle recover shop'],
  run: async (input, io) => {
    const services = await io.services()
    const names = findApps(input, io, { store: services.store, named: input.args[0] })
    const rows: { app: string; recovered: number }[] = []
    for (const app of names) rows.push({ app, recovered: await recoverApp(app, services, io) })
    const done = rows.filter(({ recovered }) => recovered > 0)
    return {
      data: rows,
      text:
        done.length === 0
          ? 'No deployment was left half-way.'
          : done.map(({ app }) => `${app} is whole again:  muelle status ${app}`).join('\n'),
    }
  },
}
