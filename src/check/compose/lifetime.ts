import type { Service } from '../../app/app.ts'
import type { Facts } from '../facts.ts'
import { baseImagesOf } from '../images.ts'
import { inCompose } from '../place.ts'
import { optionValue, programLine, programOf, shellScript } from '../program.ts'
import type { Finding, Rule } from '../rule.ts'
import { each, lasting, released, withRole } from '../services.ts'

const runserver: Rule = {
  id: 'compose-runserver',
  severity: 'critical',
  reason:
    'Django’s development server is made for one developer: it was never audited, reloads itself, and serves one mistake after the other to everyone.',
  fix: 'Start the app with Gunicorn: `command: gunicorn shop.wsgi:application --bind 0.0.0.0:8000`.',
  find: (facts) =>
    each(released(facts), (service) => {
      const program = programOf(facts, service)
      if (!/\brunserver(?:_plus)?\b/.test(program.argv.join(' '))) return undefined
      return {
        ...program.place,
        what: `${service.name} runs Django’s development server.`,
        write: 'command: gunicorn PROJECT.wsgi:application --bind 0.0.0.0:8000',
      }
    }),
}

const webFixed: Rule = {
  id: 'compose-web-fixed',
  severity: 'high',
  reason:
    'Two releases cannot stand beside each other when both want the same address, so none can be tried before the other stops. (A `container_name`, published ports and fixed IP addresses do no harm: releases get none of them.)',
  fix: 'Remove `network_mode: host` and `mac_address` from what answers visitors.',
  find: (facts) =>
    each(withRole(facts, 'web', 'internal'), ({ name, definition }) => {
      const ownMac = Object.values(definition.networks ?? {}).some(
        (network) => network?.mac_address !== undefined,
      )
      const isHost = definition.network_mode === 'host'
      if (!isHost && definition.mac_address === undefined && !ownMac) return undefined
      const key = isHost ? 'network_mode' : 'mac_address'
      return {
        ...inCompose(facts, name, key),
        what: `${name} has an address of which there can be only one.`,
        write: `Remove ${key} from ${name}.`,
      }
    }),
}

const restartOff: Rule = {
  id: 'compose-restart-off',
  severity: 'medium',
  reason:
    'A service that must not restart stays down after a crash or a reboot. (Without a word about it a service is started again.)',
  fix: '`restart: unless-stopped`, or leave it out.',
  find: (facts) =>
    each(lasting(facts), ({ name, definition }) =>
      definition.restart === 'no'
        ? {
            ...inCompose(facts, name, 'restart'),
            what: `${name} stays down when it ends.`,
            write: 'restart: unless-stopped',
          }
        : undefined,
    ),
}

/** Seconds that Docker gives a container between SIGTERM and SIGKILL when the file says nothing. */
const usualGraceSeconds = 10
const gunicornGraceSeconds = 30

const stopGraceShort: Rule = {
  id: 'compose-stop-grace-short',
  severity: 'high',
  reason:
    'A container that is killed while it finishes what it does loses that: the task of a worker, or a request that takes long. (Of web services the requests are waited for before, for `drain_timeout`.)',
  fix: '`stop_grace_period` longer than the longest task, and than Gunicorn’s `graceful_timeout`.',
  find: (facts) => [
    ...each(withRole(facts, 'web', 'internal'), (service) => cutRequests(facts, service)),
    ...each(withRole(facts, 'worker', 'singleton'), (service) => cutTasks(facts, service)),
  ],
}

function cutRequests(facts: Facts, service: Service): Finding | undefined {
  const line = programLine(facts, service)
  if (!/\bgunicorn\b/.test(line)) return undefined
  const needed = gracefulSeconds(facts, service, line)
  const drainSeconds = facts.app.settings.drain_timeout / 1000
  if (drainSeconds + graceSeconds(service) >= needed) return undefined
  return {
    ...inCompose(facts, service.name, 'stop_grace_period'),
    what: `${service.name} takes up to ${needed} s to end its requests, and is killed after ${drainSeconds} + ${graceSeconds(service)} s.`,
    write: `stop_grace_period: ${needed + 5}s  in ${service.name}`,
  }
}

function cutTasks(facts: Facts, service: Service): Finding | undefined {
  const line = programLine(facts, service)
  if (!/\bcelery\b.*\bworker\b/.test(line)) return undefined
  const limit = Number(optionValue(line, '--time-limit') ?? 0)
  const isSaid = service.definition.stop_grace_period !== undefined
  if (isSaid && graceSeconds(service) >= limit) return undefined
  return {
    ...inCompose(facts, service.name, 'stop_grace_period'),
    what: `A task of ${service.name} that takes longer than ${graceSeconds(service)} s is killed at every deployment.`,
    write: `stop_grace_period: ${Math.max(limit, 55) + 5}s  in ${service.name}`,
  }
}

/** From the command, or from the file that Gunicorn reads by itself. */
function gracefulSeconds({ builds }: Facts, { name }: Service, line: string): number {
  const file = builds[name]?.texts['gunicorn.conf.py'] ?? ''
  const inFile = /^graceful_timeout\s*=\s*(\d+)/m.exec(file)?.[1]
  return Number(optionValue(line, '--graceful-timeout') ?? inFile ?? gunicornGraceSeconds)
}

function graceSeconds({ definition }: Service): number {
  const text = definition.stop_grace_period
  if (text === undefined) return usualGraceSeconds
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 }
  return [...text.matchAll(/(\d+)([hms])(?!s)/g)].reduce(
    (sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0),
    0,
  )
}

const commandInShell: Rule = {
  id: 'compose-command-in-shell',
  severity: 'high',
  reason:
    'Debian’s sh stays in front of what it starts and passes no SIGTERM on, so the app is killed with its requests and tasks instead of being asked to end. (Measured: bash and the sh of Alpine give way to the last command.)',
  fix: 'Put `exec` before the program that stays, or use the JSON form: `CMD ["gunicorn", "shop.wsgi"]`.',
  find: (facts) =>
    each(
      lasting(facts).filter(({ role }) => role !== 'backing'),
      (service) => {
        const program = programOf(facts, service)
        const shell = shellScript(program)
        if (shell === undefined || shell.shell === 'bash' || /\bexec\s/.test(shell.script)) return undefined
        if (!isDebian(facts, service)) return undefined
        return {
          ...program.place,
          what: `${service.name} starts through ${shell.shell}, which keeps SIGTERM to itself.`,
          write: withExec(shell.script),
        }
      },
    ),
}

/** Known to be: an image that says neither stays out of it. */
function isDebian(facts: Facts, service: Service): boolean {
  const images = baseImagesOf(facts, service).map(({ reference }) => reference)
  return (
    images.some((image) =>
      /^(?:docker\.io\/(?:library\/)?)?(?:python|node|ruby|php|debian|ubuntu|golang)(?::|$)/.test(image),
    ) && !images.some((image) => image.includes('alpine'))
  )
}

function withExec(script: string): string {
  const parts = script.trim().split(/(&&|;)/)
  const last = parts.pop() ?? ''
  return [...parts.map((part) => part.trim()), `exec ${last.trim()}`].filter(Boolean).join(' ').slice(0, 160)
}

export const lifetimeRules: readonly Rule[] = [
  runserver,
  webFixed,
  stopGraceShort,
  commandInShell,
  restartOff,
]
