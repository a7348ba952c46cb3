import { contentsOf, type DatabaseService } from '../../backup/contents.ts'
import type { Facts } from '../facts.ts'
import { atKey, inCompose } from '../place.ts'
import type { Finding, Rule } from '../rule.ts'

const unsupported: Rule = {
  id: 'backup-unsupported',
  severity: 'medium',
  reason: 'Muelle cannot back up this kind of database yet, so `muelle backup` refuses the app.',
  fix: 'Back it up with its own tools, and restore that somewhere from time to time.',
  find: (facts) =>
    findingsOf(facts, contentsOf(facts.app).unsupported, (service) => ({
      what: `${service} is in no backup.`,
      write: `Schedule a dump of ${service} with its own tools.`,
    })),
}

const leftOut: Rule = {
  id: 'backup-left-out',
  severity: 'low',
  reason:
    'What a cache or a queue holds is in no restore point: after a restore it is empty, or newer than the database.',
  fix: 'Keep nothing in it that cannot be made again.',
  find: (facts) =>
    findingsOf(facts, contentsOf(facts.app).without, (service) => ({
      what: `What ${service} holds is in no backup.`,
      write: `Nothing, if ${service} can be empty after a restore.`,
    })),
}

const none: Rule = {
  id: 'backup-none',
  severity: 'medium',
  reason:
    'Volumes that hold data are gone with their disk, and a migration that does harm has no way back: nothing says where their backups go.',
  fix: 'Say where backups go, and run `muelle backup` every night. Then a restore point is also made before release commands.',
  find: (facts) => {
    const { app } = facts
    if (app.settings.backups !== undefined || unprotected(app).length === 0) return []
    return [
      {
        ...atKey(facts, ['services']),
        ...atKey(facts, ['volumes']),
        ...atKey(facts, ['x-muelle']),
        what: `Nothing says where backups of ${unprotected(app).join(', ')} go.`,
        write: 'x-muelle: {backups: {to: s3:https://s3.example.com/backups}}',
      },
    ]
  },
}

/** Databases and files that a restore point would hold. */
function unprotected(app: Facts['app']): string[] {
  const { databases, media, unsupported: others } = contentsOf(app)
  return [...databases, ...others].map(({ service }) => service).concat(media.map(({ key }) => key))
}

export const backupRules: readonly Rule[] = [unsupported, leftOut, none]

function findingsOf(
  facts: Facts,
  services: readonly DatabaseService[],
  tell: (service: string) => Pick<Finding, 'what' | 'write'>,
): Finding[] {
  return services.map(({ service }) => ({ ...inCompose(facts, service), ...tell(service) }))
}
