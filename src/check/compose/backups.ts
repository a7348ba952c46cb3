import { contentsOf, type DatabaseService } from '../../backup/contents.ts'
import type { Facts } from '../facts.ts'
import { inCompose } from '../place.ts'
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

export const backupRules: readonly Rule[] = [unsupported, leftOut]

function findingsOf(
  facts: Facts,
  services: readonly DatabaseService[],
  tell: (service: string) => Pick<Finding, 'what' | 'write'>,
): Finding[] {
  return services.map(({ service }) => ({ ...inCompose(facts, service), ...tell(service) }))
}
