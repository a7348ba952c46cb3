import { readLiveModel } from '../../deploy/live-model.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type Command, flag, type Io, text } from '../command.ts'
import { findApp } from '../find-app.ts'

export const logs: Command = {
  name: 'logs',
  summary: 'Show the output of the live release and the backing services, and what visitors asked for',
  details: [
    'All containers together in the order of time; with --follow also those that a deployment brings',
    'gateway is the access log of nginx, in JSON',
  ],
  arguments: [{ name: '[service]', description: 'one service, or gateway (default: all)' }],
  options: [
    { flags: '-f, --follow', description: 'go on showing new lines' },
    { flags: '-n, --tail <lines>', description: 'how many lines of each container (default: 100)' },
    { flags: '--since <time>', description: 'all since then: 30s, 10m, 2h, 1d or 2027-03-01T12:00:00Z' },
    { flags: '-t, --timestamps', description: 'with the time of each line' },
    { flags: '--all', description: 'of every app of this machine' },
  ],
  isAboutApp: true,
  examples: ['muelle logs web --follow', 'muelle logs gateway --since 10m', 'muelle logs --all --since 1h'],
  run: async (input, io) => {
    const { readLogs } = await import('../../watch/logs.ts')
    const services = await io.services()
    const isAll = flag(input, 'all')
    const apps = isAll ? services.store.apps().map(({ name }) => name) : [findApp(input, io, services)]
    const [service] = input.args
    if (service !== undefined && !isAll) await refuseUnknown(service, apps[0] ?? '', services)
    const since = readSince(text(input, 'since'), new Date())
    const tail = readTail(text(input, 'tail') ?? (since === undefined ? '100' : undefined))
    const withTime = flag(input, 'timestamps')
    const wanted = { apps, hasFullNames: isAll, service, since, tail, follow: flag(input, 'follow') }
    await readLogs(wanted, services, {
      signal: io.signal,
      onLine: ({ at, name, text: line }) => io.write(`${name} | ${withTime ? `${at} ` : ''}${line}\n`),
    })
    return {}
  },
}

async function refuseUnknown(
  service: string,
  app: string,
  services: Awaited<ReturnType<Io['services']>>,
): Promise<void> {
  const { gatewayName } = await import('../../watch/logs.ts')
  const model = await readLiveModel(app, services)
  const known = model.services.filter(({ role }) => role !== 'replaced').map(({ name }) => name)
  if ([...known, gatewayName].includes(service)) return
  throw new MuelleError('USAGE', `There is no service ${service}.`, {
    hint: `Services: ${known.join(', ')}; and gateway for what visitors asked for`,
  })
}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** @returns seconds since the epoch. @throws MuelleError USAGE */
export function readSince(given: string | undefined, now: Date): string | undefined {
  if (given === undefined) return undefined
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(given) ?? []
  const at =
    count === undefined
      ? Date.parse(/^\d{4}-\d\d-\d\d/.test(given) ? given : '') / 1000
      : now.getTime() / 1000 - Number(count) * units[unit as keyof typeof units]
  if (at >= 0) return at.toFixed(9)
  throw new MuelleError('USAGE', `--since ${given} is no time.`, {
    hint: 'Say:  --since 10m   or:  --since 2027-03-01T12:00:00Z',
  })
}

function readTail(given: string | undefined): number | undefined {
  if (given === undefined || given === 'all') return undefined
  const lines = Number(given)
  if (Number.isInteger(lines) && lines >= 0) return lines
  throw new MuelleError('USAGE', `--tail ${given} is no number of lines.`, { hint: 'Say:  --tail 100' })
}
