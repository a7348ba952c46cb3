import { describeLoss } from '../../backup/history/loss.ts'
import { type AppStatus, readStatus } from '../../deploy/status.ts'
import { howToResume } from '../../deploy/updates.ts'
import type { Command } from '../command.ts'
import { findApps } from '../find-app.ts'
import { size, table } from '../render/format.ts'
import { describeIssuer } from './certificates.ts'

export const status: Command = {
  name: 'status',
  summary: 'Show what runs: apps, releases, services, addresses',
  arguments: [{ name: '[app]', description: 'an app or its folder (default: all apps)' }],
  isAboutApp: true,
  returnsData: true,
  run: async (input, io) => {
    const services = await io.services()
    const names = findApps(input, io, { store: services.store, named: input.args[0] })
    const apps = await Promise.all(names.map((name) => readStatus(name, services)))
    return {
      data: apps,
      text:
        apps.length === 0
          ? 'No app is deployed here. Deploy one:  muelle up path/to/project'
          : apps.map(describeStatus).join('\n\n'),
    }
  },
}

/** For people. */
export function describeStatus(status: AppStatus): string {
  const { app, environment, url, release, commit, certificate, updatesPause, histories, services } = status
  const head =
    release === undefined
      ? `${app}  ${environment}  no release is live`
      : `${app}  ${environment}  release ${release}${commit === null ? '' : ` (${commit})`}  ${url}`
  return [
    head,
    ...(certificate === undefined
      ? []
      : [`  certificate: ${describeIssuer(certificate)}, until ${certificate.expiresAt.slice(0, 10)}`]),
    ...(updatesPause === null
      ? []
      : [
          `  updates: paused since ${updatesPause.since}, ${updatesPause.reason.replace(/\.$/, '')}. ${howToResume(app)}`,
        ]),
    ...histories.map((loss) => `  history: ${describeLoss(loss)}`),
    table([
      ['  SERVICE', 'ROLE', 'RUNNING', 'MEMORY', 'CPUS', 'STATUS'],
      ...services.map((service) => [
        `  ${service.name}`,
        service.role,
        `${service.running}/${service.wanted}`,
        ...resources(service),
        service.status,
      ]),
    ]),
  ].join('\n')
}

/** Against their limits, as `docker stats` shows them. */
function resources({ running, uses, limits }: AppStatus['services'][number]): string[] {
  if (running === 0) return ['', '']
  const against = (show: (amount: number) => string, used?: number, limit?: number): string => {
    if (used === undefined) return ''
    return limit === undefined ? show(used) : `${show(used)} / ${show(limit)}`
  }
  return [against(size, uses.memory, limits.memory), against(cores, uses.cpus, limits.cpus)]
}

function cores(cpus: number): string {
  return cpus.toFixed(2)
}
