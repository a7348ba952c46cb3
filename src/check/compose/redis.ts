import type { Service } from '../../app/app.ts'
import type { Facts } from '../facts.ts'
import { serverKindOf } from '../images.ts'
import { inCompose } from '../place.ts'
import { programLine } from '../program.ts'
import type { Rule } from '../rule.ts'
import { each, environmentOf, running } from '../services.ts'

function redisServices(facts: Facts): Service[] {
  return running(facts).filter((service) => serverKindOf(service) === 'redis')
}

/** A configuration file of its own may say anything. */
function hasConfigFile(line: string): boolean {
  return /\bredis-server\s+\/\S+|\.conf\b/.test(line)
}

const passwordMissing: Rule = {
  id: 'redis-password-missing',
  severity: 'high',
  reason:
    'A Redis without a password obeys everything that reaches it: an app that can be made to send a request of someone’s choice is enough to read sessions and to queue tasks.',
  fix: '`command: redis-server --requirepass $REDIS_PASSWORD`, and the password in the URL: `redis://:$REDIS_PASSWORD@redis:6379/0`.',
  find: (facts) =>
    each(redisServices(facts), (service) => {
      const line = programLine(facts, service)
      const byVariable = environmentOf(service).some(
        ([name, value]) => /^REDIS_(?:PASSWORD|ARGS)(?:_FILE)?$/.test(name) && value !== '',
      )
      if (/--requirepass|--aclfile|\brequirepass\b/.test(line) || byVariable || hasConfigFile(line))
        return undefined
      return {
        ...inCompose(facts, service.name, 'command'),
        what: `${service.name} asks for no password.`,
        write: `command: redis-server --requirepass \${REDIS_PASSWORD:?}  in ${service.name}`,
      }
    }),
}

/** The Redis services that Celery keeps its queue in. */
function brokers(facts: Facts): Service[] {
  const redis = redisServices(facts)
  const celery = running(facts).filter((service) => /\bcelery\b/.test(programLine(facts, service)))
  if (celery.length === 0) return []
  const urls = celery.flatMap((service) =>
    environmentOf(service).flatMap(([name, value]) => (/BROKER/.test(name) ? [value] : [])),
  )
  if (urls.length === 0) {
    const others = running(facts).some((service) => serverKindOf(service) === 'rabbitmq')
    return redis.length === 1 && !others ? redis : []
  }
  return redis.filter(({ name }) =>
    urls.some((url) => new RegExp(`^rediss?://(?:[^@/]*@)?${RegExp.escape(name)}[:/]`).test(`${url}/`)),
  )
}

const brokerEvicts: Rule = {
  id: 'redis-broker-evicts',
  severity: 'high',
  reason: 'A Redis that throws out keys when its memory is full throws out queues of tasks.',
  fix: '`--maxmemory-policy noeviction` for the broker, and another Redis for the cache.',
  find: (facts) =>
    each(brokers(facts), (service) => {
      const policy = /maxmemory-policy\s+["']?(allkeys-\w+)/.exec(programLine(facts, service))?.[1]
      if (policy === undefined) return undefined
      return {
        ...inCompose(facts, service.name, 'command'),
        what: `${service.name} keeps Celery’s queue, and throws keys out by ${policy}.`,
        write: '--maxmemory-policy noeviction',
      }
    }),
}

const brokerUnpersisted: Rule = {
  id: 'redis-broker-unpersisted',
  severity: 'medium',
  reason: 'Tasks that wait in a Redis without a volume are gone when it is restarted.',
  fix: 'Give it a volume at /data, and `--appendonly yes`.',
  find: (facts) =>
    each(brokers(facts), (service) => {
      const line = programLine(facts, service)
      const hasVolume = (service.definition.volumes ?? []).some(({ target }) =>
        /^\/(?:data|bitnami)/.test(target),
      )
      const isSavingOff = /--save\s+(?:""|''|$)/.test(line) && !/appendonly\s+["']?yes/.test(line)
      if ((hasVolume && !isSavingOff) || hasConfigFile(line)) return undefined
      return {
        ...inCompose(facts, service.name),
        what: `${service.name} forgets the tasks that wait when it is restarted.`,
        write: `command: redis-server --appendonly yes  and  volumes: ["${service.name}_data:/data"]`,
      }
    }),
}

export const redisRules: readonly Rule[] = [passwordMissing, brokerEvicts, brokerUnpersisted]
