import { dataOfRelease, rollBack } from '../../deploy/roll-back.ts'
import { howToResume } from '../../deploy/updates.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type CliServices, type Command, essence, flag, type Input, type Io, text } from '../command.ts'
import { findApp } from '../find-app.ts'
import { seconds } from '../render/format.ts'

export const rollback: Command = {
  name: 'rollback',
  summary: 'Return to the release before the live one, or to a given one',
  details: [
    'With --with-data the databases and files go back to the restore point from before the release commands that came after it; what was written since is kept aside until `muelle backup confirm`',
  ],
  arguments: [{ name: '[release]', description: 'the number of a kept release' }],
  options: [
    { flags: '--with-data', description: 'put its data in place too; it asks' },
    { flags: '--confirm <app>', description: "--with-data: the app's name, to confirm without a terminal" },
  ],
  isAboutApp: true,
  returnsData: true,
  examples: [
    'muelle rollback',
    'muelle rollback 12 --app shop',
    'muelle rollback --with-data --confirm shop',
  ],
  run: async (input, io) => {
    const to = readRelease(input.args[0])
    const services = await io.services()
    const name = findApp(input, io, services)
    const data = flag(input, 'withData')
      ? await confirmData({ name, to }, services, { input, io })
      : undefined
    const target = { name, to: data?.release ?? to, point: data?.point }
    const result = await rollBack(target, services, io)
    const total = result.steps.reduce((sum, step) => sum + step.durationMs, 0)
    const back = `${name} is back on release ${result.release} after ${seconds(total)}`
    return {
      data: { ...result, point: data?.point },
      text: describeRollback(name, back, data?.point),
    }
  },
  handOver: async (input, io) => {
    const to = readRelease(input.args[0])
    const services = await io.services()
    const app = findApp(input, io, services)
    const handed = { kind: 'rollback', app, sameAs: essence(input) } as const
    if (!flag(input, 'withData')) return handed
    const { release } = await confirmData({ name: app, to }, services, { input, io })
    // What was agreed to is that one, whatever comes meanwhile.
    return { ...handed, agreed: ['--confirm', app, ...(to === undefined ? [String(release)] : [])] }
  },
}

/** @param back that the app is back, without a full stop */
export function describeRollback(name: string, back: string, point: string | undefined): string {
  const end =
    point === undefined
      ? `${back}.`
      : `${back}, with the data of ${point}. What served before is kept. Remove it once all is well:  muelle backup confirm --app ${name}`
  return `${end}\nUpdates are paused, or the next would bring back what this left. ${howToResume(name)}`
}

/** Nobody loses what was written since without having read from when. */
async function confirmData(
  target: { name: string; to: number | undefined },
  services: CliServices,
  { input, io }: { input: Input; io: Io },
): Promise<{ release: number; point: string }> {
  const { name } = target
  const { release, backup } = await dataOfRelease(target, services)
  const { point, beganAt } = backup
  const loss = `This takes ${name} to release ${release} and its data to ${beganAt}, ${ago(beganAt)} ago. What was written since is put aside.`
  const given = text(input, 'confirm') ?? (await io.ask(`${loss} Type its name to go on: `))
  if (given === name) return { release, point }
  throw new MuelleError('CONFIRMATION_REQUIRED', `Nothing was done. ${loss}`, {
    hint: `Confirm it:  muelle rollback ${release} --with-data --app ${name} --confirm ${name}`,
  })
}

function ago(moment: string): string {
  const minutes = Math.round((Date.now() - Date.parse(moment)) / 60_000)
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function readRelease(argument: string | undefined): number | undefined {
  if (argument === undefined) return undefined
  if (/^\d+$/.test(argument)) return Number(argument)
  throw new MuelleError('USAGE', `${argument} is not a release number.`, {
    hint: 'See them:  muelle releases',
  })
}
