import type { App } from '../../app/app.ts'
import type { PathRule } from './model.ts'

/** For apps that say nothing about it; Django sends its own, which count. */
const usualHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
  'Referrer-Policy': 'strict-origin-when-cross-origin',
}

/** Only where browsers trust the certificate: they would keep visitors from clicking a warning away. */
const strictTransport = { 'Strict-Transport-Security': 'max-age=31536000' }

/** The headers that the gateway adds for an app, by name. */
export function headersOf({ entrance, settings }: App): Record<string, string> {
  const isTrusted =
    entrance.kind === 'domains' && typeof entrance.tls === 'object' && !isStaging(entrance.tls)
  const all = { ...usualHeaders, ...(isTrusted ? strictTransport : {}), ...settings.headers }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

function isStaging(tls: object): boolean {
  return 'staging' in tls && tls.staging === true
}

/** What is special about paths of an app; its health check is not worth a line of the log each time. */
export function rulesOf({ settings, web }: App): PathRule[] {
  const { path, strict } = web.health
  const health = strict && path !== '/' && settings.paths[path] === undefined ? [{ path, isQuiet: true }] : []
  const named = Object.entries(settings.paths).map(([named, rule]): PathRule => {
    const { rate, burst = 0, timeout, body, cache, log = !(strict && named === path) } = rule
    return {
      path: named,
      ...(rate === undefined ? {} : { rate: { perSecond: rate, burst } }),
      ...(timeout === undefined ? {} : { timeoutSeconds: Math.ceil(timeout / 1000) }),
      ...(body === undefined ? {} : { bodyBytes: body }),
      ...(cache === undefined ? {} : { cacheSeconds: Math.ceil(cache / 1000) }),
      ...(log ? {} : { isQuiet: true }),
    }
  })
  return [...health, ...named]
}
