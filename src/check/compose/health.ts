import type { Service } from '../../app/app.ts'
import { finalStages, lastOf } from '../../app/dockerfile.ts'
import { knownHealthCommand } from '../../app/health.ts'
import type { Facts } from '../facts.ts'
import { inCompose } from '../place.ts'
import { programLine } from '../program.ts'
import type { Rule } from '../rule.ts'
import { each, running, withRole } from '../services.ts'

/** Of the file, of its Dockerfile, or of the image that is here. */
function hasHealthcheck({ builds, images }: Facts, { name, definition }: Service): boolean {
  const { healthcheck } = definition
  if (healthcheck !== undefined)
    return healthcheck.disable !== true && [healthcheck.test ?? []].flat()[0] !== 'NONE'
  const dockerfile = builds[name]?.dockerfile
  const own =
    dockerfile === undefined
      ? undefined
      : lastOf(finalStages(dockerfile, definition.build?.target), 'HEALTHCHECK')
  if (own !== undefined) return !/^NONE\b/i.test(own.rest)
  return images[name]?.hasHealthcheck === true
}

/** Official images that bring no health check of their own. */
const withoutOwn =
  /^(?:docker\.io\/)?(?:library\/)?(?:postgres|mysql|mariadb|redis|mongo|rabbitmq|memcached|nginx|httpd|caddy|python|node|php|ruby|golang)(?::|@|$)/

/** Whether nothing asks how a service is; what a pulled image brings is only known once it is here. */
function lacksHealthcheck(facts: Facts, service: Service): boolean {
  const { name, definition } = service
  if (hasHealthcheck(facts, service)) return false
  const isKnown = facts.builds[name]?.dockerfile !== undefined || facts.images[name] !== undefined
  return isKnown || definition.healthcheck !== undefined || withoutOwn.test(definition.image ?? '')
}

const healthMissing: Rule = {
  id: 'compose-health-missing',
  severity: 'high',
  reason:
    'Without a health check a service counts as ready as soon as its process runs. Well-known databases are asked by their own commands, and workers answer nobody, so neither is meant here.',
  fix: 'Name a path that answers 2xx only when the app can serve: `x-muelle: {health: /health/}`, or give the service a `healthcheck`.',
  find: (facts) => {
    const { web } = facts.app
    const isAsked = ({ name, definition }: Service): boolean =>
      (name === web.service && web.health.strict) || knownHealthCommand(definition) !== undefined
    return each(withRole(facts, 'web', 'internal', 'backing'), (service) => {
      if (isAsked(service) || !lacksHealthcheck(facts, service)) return undefined
      return {
        ...inCompose(facts, service.name),
        what: `Nothing tells whether ${service.name} is well.`,
        write:
          service.role === 'web'
            ? `x-muelle: {health: /health/}  in ${service.name}`
            : `healthcheck: {test: [CMD, …], interval: 10s}  in ${service.name}`,
      }
    })
  },
}

const healthAwaitedMissing: Rule = {
  id: 'compose-health-awaited-missing',
  severity: 'high',
  reason:
    'Compose refuses to start a service that waits for the health of one without a health check. Muelle probes that one itself, so it deploys; `docker compose up` does not.',
  fix: 'Give the awaited service a `healthcheck`, or wait for `service_started`.',
  find: (facts) =>
    running(facts).flatMap(({ name, definition }) =>
      Object.entries(definition.depends_on ?? {})
        .filter(([other, { condition }]) => {
          const awaited = facts.app.services.find((service) => service.name === other)
          return condition === 'service_healthy' && awaited !== undefined && lacksHealthcheck(facts, awaited)
        })
        .map(([other]) => ({
          ...inCompose(facts, name, 'depends_on', other),
          what: `${name} waits for the health of ${other}, which has no health check.`,
          write: `healthcheck: {test: [CMD, …], interval: 10s}  in ${other}`,
        })),
    ),
}

const dependsUnordered: Rule = {
  id: 'compose-depends-unordered',
  severity: 'medium',
  reason:
    'A service that waits for a command such as `migrate` starts while that still runs, unless it waits for its end. (For databases no condition is needed: a release starts only when they are healthy.)',
  fix: '`depends_on: {migrate: {condition: service_completed_successfully}}`, or better a `release:` command, which runs once for all replicas.',
  find: (facts) =>
    running(facts).flatMap(({ name, definition }) =>
      Object.entries(definition.depends_on ?? {}).flatMap(([other, { condition }]) => {
        const awaited = facts.app.services.find((service) => service.name === other)
        if (awaited === undefined || condition === 'service_completed_successfully') return []
        if (!endsByItself(programLine(facts, awaited))) return []
        return {
          ...inCompose(facts, name, 'depends_on', other),
          what: `${name} does not wait for the end of ${other}.`,
          write: `depends_on: {${other}: {condition: service_completed_successfully}}  in ${name}`,
        }
      }),
    ),
}

function endsByItself(line: string): boolean {
  const isOneOff =
    /\b(?:manage\.py\s+(?:migrate|collectstatic|loaddata|compilemessages)|alembic\s+upgrade|flask\s+db\s+upgrade|prisma\s+migrate\s+deploy|rails?\s+db:migrate|artisan\s+migrate)\b/
  return (
    isOneOff.test(line) && !/\b(?:gunicorn|uvicorn|runserver|daphne|celery|npm\s+start|node\s)\b/.test(line)
  )
}

export const healthRules: readonly Rule[] = [healthMissing, healthAwaitedMissing, dependsUnordered]
