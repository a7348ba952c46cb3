import { z } from 'zod'

/** The keys of `x-muelle` that say how visitors are served, apart from what the app itself does. */

export const duration = z
  .string()
  .regex(/^(?=\d)(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?$/, 'write a duration like 30s, 5m or 1h30m')
  .transform(parseDuration)

export const urlPath = z.string().regex(/^\/[\w./~-]*$/, 'write an absolute URL path such as /health/')

export const tlsSchema = z
  .union(
    [
      z.literal('self-signed'),
      z.literal('off'),
      z.strictObject({ email: z.email(), staging: z.boolean().default(false) }),
      z.strictObject({ certificate: z.string().min(1), key: z.string().min(1) }),
    ],
    { error: 'write self-signed, off, {email: you@example.com} or {certificate: FILE, key: FILE}' },
  )
  .default('self-signed')
  .describe(
    '`{email: …}` gets a certificate of Let’s Encrypt and renews it; until it is there, and as `self-signed`, https is served with a certificate of Muelle’s own. `staging: true` asks Let’s Encrypt’s staging server, whose certificates no browser trusts and whose limits are generous. `{certificate: …, key: …}` names PEM files in the project. `off` serves http only; in all other cases http is redirected to https.',
  )

const headerName = z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'write the name of a header')
/** nginx would take `$` for a variable. */
const headerValue = z
  .string()
  .regex(/^[^$\\\p{Cc}]*$/u, 'write a value without $, backslashes and line breaks')

export const headersSchema = z
  .record(headerName, headerValue)
  .default({})
  .describe(
    'Headers of every answer in which the app does not send its own. X-Content-Type-Options, X-Frame-Options and Referrer-Policy are there by themselves, and Strict-Transport-Security with a certificate that browsers trust; an empty value leaves one out.',
  )

const rate = z
  .string()
  .regex(/^[1-9]\d{0,5}r\/[sm]$/, 'write a rate like 10r/s or 30r/m')
  .transform((text) => Number.parseInt(text, 10) / (text.endsWith('/s') ? 1 : 60))

const size = z
  .string()
  .regex(/^[1-9]\d{0,8}[kmg]?$/, 'write a size like 512k, 10m or 1g')
  .transform(parseSize)

const pathSchema = z.strictObject({
  rate: rate.optional(),
  burst: z.int().min(0).max(10_000).optional(),
  timeout: duration.optional(),
  body: size.optional(),
  cache: duration.optional(),
  log: z.boolean().optional(),
})

export const pathsSchema = z
  .record(urlPath, pathSchema)
  .default({})
  .describe(
    'What is special about the URLs that begin with a path; the longest path that fits counts. `rate`: requests of one client address, `10r/s` or `30r/m`, with `burst` more at once; the others are answered 429. `timeout`: how long the app may take, 60s unless told. `body`: the largest request, 100m unless told. `cache`: how long browsers keep an answer without asking again. `log: false` leaves it out of the access log, as the path of the health check is.',
  )

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 }

/** Milliseconds of a duration such as `1h30m`. */
function parseDuration(text: string): number {
  return [...text.matchAll(/(\d+)([dhms])/g)].reduce(
    (total, [, amount, name]) => total + Number(amount) * unitMs[name as keyof typeof unitMs],
    0,
  )
}

/** Bytes of a size such as `10m`. */
function parseSize(text: string): number {
  const factor = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[text.at(-1) ?? ''] ?? 1
  return Number.parseInt(text, 10) * factor
}
