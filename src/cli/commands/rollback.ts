import { rollBack } from '../../deploy/deploy.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Command } from '../command.ts'
import { findApp } from '../find-app.ts'
import { seconds } from '../render/format.ts'

export const rollback: Command = {
  name: 'rollback',
  summary: 'Return to the release before the live one, or to a given one',
  arguments: [{ name: '[release]', description: 'the number of a kept release' }],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle rollback', 'muelle rollback 12 --app shop'],
  run: async (input, io) => {
    const to = readRelease(input.args[0])
    const services = await io.services()
    const name = findApp(input, io, services)
    const result = await rollBack({ name, to }, services, io)
    const total = result.steps.reduce((sum, step) => sum + step.durationMs, 0)
    return { data: result, text: `${name} is back on release ${result.release} after ${seconds(total)}.` }
  },
}

function readRelease(argument: string | undefined): number | undefined {
  if (argument === undefined) return undefined
  if (/^\d+$/.test(argument)) return Number(argument)
  throw new MuelleError('USAGE', `${argument} is not a release number.`, {
    hint: 'See them:  muelle releases',
  })
}
