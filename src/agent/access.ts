import { createHash, randomBytes } from 'node:crypto'
import { type Scope, scopes } from '../store/access.ts'

/** Who asks. `local` came through the socket, which only the owner of the state folder can open. */
export interface Actor {
  name: string
  /** `none`: nobody that we know. `setup`: may make the token of an administrator, once. */
  scope: Scope | 'none' | 'setup'
  /** Of the token. */
  hash?: string
}

/**
 * What a route needs. `signature`: it looks at that itself. `local`: no token is enough. `setup`: the one for that. There is
 * nothing that everyone may do.
 */
export type Need = Scope | 'signature' | 'local' | 'setup'

export const local: Actor = { name: 'local', scope: 'admin' }

/** Pure: whether someone may do what needs a scope. */
export function mayDo(actor: Actor, need: Need): boolean {
  const { scope } = actor
  if (need === 'signature') return true
  if (need === 'local') return actor === local
  if (need === 'setup' || scope === 'setup') return need === scope
  return scope !== 'none' && scopes.indexOf(scope) >= scopes.indexOf(need)
}

/** Pure: whether a browser says that a page of another site asks (fetch.spec.whatwg.org, "Origin header"). */
export function isForeign(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers
  if (typeof site === 'string' && site !== 'same-origin' && site !== 'none') return true
  if (origin === undefined) return false
  return typeof origin !== 'string' || !URL.canParse(origin) || new URL(origin).host !== host
}

const prefix = 'muelle_'

/** 256 random bits, so that nothing slower than SHA-256 is needed to keep them from being guessed from the hash. */
export function mintToken(): { token: string; hash: string } {
  const token = `${prefix}${randomBytes(32).toString('base64url')}`
  return { token, hash: hashToken(token) }
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** What an Authorization header holds, if that can be a token. */
export function readBearer(header: string | undefined): string | undefined {
  return /^Bearer (muelle_[\w-]{43})$/.exec(header ?? '')?.[1]
}
