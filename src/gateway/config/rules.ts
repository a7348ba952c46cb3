import type { PathRule, PlainSite } from './model.ts'
import { variable } from './names.ts'

/** Zones of the rate limits, which count client addresses. What has the probe token is not counted. */
export function renderZones({ app, rules = [] }: PlainSite, probeToken?: string): string {
  const limited = rules.filter(({ rate }) => rate !== undefined)
  if (limited.length === 0) return ''
  const client = probeToken === undefined ? '$binary_remote_addr' : `$client_of_${variable(app)}`
  const zones = limited.map(
    (rule) => `limit_req_zone ${client} zone=${zoneName(app, rule)}:10m rate=${rateOf(rule)};`,
  )
  const counted = probeToken === undefined ? '' : renderClients(client, probeToken)
  return `${counted}${zones.join('\n')}\n`
}

function renderClients(client: string, probeToken: string): string {
  return `map $http_x_muelle_probe ${client} {
  default $binary_remote_addr;
  "~^${probeToken}" '';
}

`
}

/** The directives of one rule, for the location in which it counts. */
export function renderRule(app: string, rule: PathRule): string {
  const { rate, bodyBytes, cacheSeconds } = rule
  const directives = [
    ...(rate === undefined ? [] : [`limit_req zone=${zoneName(app, rule)}${burstOf(rate)};`]),
    ...(bodyBytes === undefined ? [] : [`client_max_body_size ${bodyBytes};`]),
    ...(cacheSeconds === undefined
      ? []
      : [`add_header Cache-Control "public, max-age=${cacheSeconds}, immutable";`]),
  ]
  return directives.map((directive) => `    ${directive}\n`).join('')
}

/** The rule of a path, if there is one of just that path. */
export function ruleOf(path: string, rules: readonly PathRule[] = []): PathRule {
  return rules.find((rule) => rule.path === path) ?? { path }
}

function zoneName(app: string, { path }: PathRule): string {
  return `${app}-${variable(path)}`
}

/** nginx takes whole requests per second or per minute. */
function rateOf({ rate: { perSecond } = { perSecond: 1 } }: { rate?: { perSecond: number } }): string {
  return Number.isInteger(perSecond) ? `${perSecond}r/s` : `${Math.round(perSecond * 60)}r/m`
}

function burstOf({ burst }: { burst: number }): string {
  return burst === 0 ? '' : ` burst=${burst} nodelay`
}
