import type { App } from '../app/app.ts'
import type { ComposeFile, ComposeMount, ComposeService } from '../app/compose.ts'
import type { Command } from '../app/schema.ts'
import { labels } from './names.ts'
import { commandRunner, type ReleaseIdentity } from './render.ts'
import { scratchBacking, scratchCommand } from './render-test.ts'

export interface Rehearsal extends ReleaseIdentity {
  commands: readonly Command[]
  /** Where the copies of the databases are; it exists, and leads nowhere else. */
  network: string
  /** Backing services that are there already, as copies. */
  copied: readonly string[]
  /** By which the commands find copies of what is not in the file. */
  environment: Readonly<Record<string, string>>
}

/**
 * The project in which release commands are rehearsed: in the new image, on the network of the copies, beside empty
 * caches and queues. What they write to volumes goes with their container.
 */
export function renderRehearsal(app: App, rehearsal: Rehearsal): ComposeFile {
  const { network, copied, commands, environment } = rehearsal
  const own = { [labels.role]: 'rehearsal' }
  const mounts = commandRunner(app).definition.volumes ?? []
  const plain = scratchCommand(app, rehearsal, { ...own, [labels.service]: 'rehearsed-command' })
  const one = (command: Command): ComposeService => {
    // Names that the file gives to other machines are those of production.
    const { extra_hosts, dns, network_mode, volumes_from, ...service } = plain
    const volumes = mounts.map((mount): ComposeMount => {
      const { source, ...unnamed } = mount
      return mount.type === 'bind' ? { ...mount, read_only: true } : unnamed
    })
    return {
      ...service,
      command,
      profiles: ['rehearsal'],
      environment: { ...service.environment, ...environment, MUELLE_REHEARSAL: '1' },
      ...(volumes.length > 0 ? { volumes } : {}),
    }
  }
  const { secrets, configs } = app.file
  return {
    name: rehearsalProject(app.name),
    services: {
      ...Object.fromEntries(scratchBacking(app, rehearsal, own).filter(([name]) => !copied.includes(name))),
      ...Object.fromEntries(commands.map((command, index) => [rehearsedService(index), one(command)])),
    },
    networks: { default: { name: network, external: true } },
    ...(secrets === undefined ? {} : { secrets }),
    ...(configs === undefined ? {} : { configs }),
  }
}

export function rehearsalProject(app: string): string {
  return `${app}-rehearsal`
}

/** The key of command `index` (from 0) among the services of the rendered file. */
export function rehearsedService(index: number): string {
  return `rehearsed-command-${index + 1}`
}
