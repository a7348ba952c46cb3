import type { Service } from '../../app/app.ts'
import type { Facts } from '../facts.ts'
import { inCompose } from '../place.ts'
import { programLine } from '../program.ts'
import type { Rule } from '../rule.ts'
import { each, environmentOf, publicPorts, released, running } from '../services.ts'

const beatTwice: Rule = {
  id: 'celery-beat-twice',
  severity: 'critical',
  reason:
    'Two schedulers send every task twice: two invoices, two mails. (What is recognised as one is a singleton, of which there is never a second, whatever `replicas` says.)',
  fix: '`x-muelle: {role: singleton}` on the scheduler, and no `-B` on workers that have replicas.',
  find: (facts) =>
    each(released(facts), (service) => {
      const line = programLine(facts, service)
      const isBeat = /\bcelery\b.*\bbeat\b|\bcelery-?_?beat\b|\bcelery\b.*\bworker\b.*\s-B\b/.test(line)
      if (!isBeat || service.role === 'singleton' || service.role === 'job') return undefined
      return {
        ...inCompose(facts, service.name),
        what: `${service.name} schedules tasks, but is released as ${service.role}: two run during each deployment.`,
        write: `x-muelle: {role: singleton}  in ${service.name}`,
      }
    }),
}

const flowerPublic: Rule = {
  id: 'celery-flower-public',
  severity: 'critical',
  reason: 'Flower shows the arguments of every task and lets anyone who reaches it start and end them.',
  fix: '`--basic_auth=$FLOWER_USER:$FLOWER_PASSWORD`, or do not publish it and reach it through `ssh -L`.',
  find: (facts) =>
    each(running(facts), (service) => {
      const line = programLine(facts, service)
      const isFlower =
        /(?:^|[\W_])flower\b/.test(line) || /(?:^|\/)flower(?::|$)/.test(service.definition.image ?? '')
      if (!isFlower || hasLogin(service, line) || !isPublic(facts, service)) return undefined
      return {
        ...inCompose(facts, service.name),
        what: `${service.name} is open to everyone, without a login.`,
        write: `command: celery -A PROJECT flower --basic_auth=\${FLOWER_USER}:\${FLOWER_PASSWORD}  in ${service.name}`,
      }
    }),
}

function hasLogin(service: Service, line: string): boolean {
  const byVariable = environmentOf(service).some(
    ([name, value]) => /^FLOWER_(?:BASIC_AUTH|AUTH|OAUTH2_KEY)$/.test(name) && value !== '',
  )
  return byVariable || /--(?:basic[_-]auth|auth|auth_provider)\b/.test(line)
}

/** By the gateway, by the app's own nginx, or past both. */
function isPublic(facts: Facts, { name, role, definition }: Service): boolean {
  const proxied = facts.proxyFiles.some(({ text }) =>
    new RegExp(`(?:server|proxy_pass)\\s+(?:https?://)?${RegExp.escape(name)}[:;/]`).test(text),
  )
  return role === 'web' || proxied || (role === 'backing' && publicPorts(definition).length > 0)
}

export const celeryRules: readonly Rule[] = [beatTwice, flowerPublic]
