import { z } from 'zod'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Scope } from '../store/access.ts'
import type { Store } from '../store/store.ts'
import { mintToken } from './access.ts'

export const tokenName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'write a-z, 0-9, - and _')

/** @returns the token, which nothing keeps. @throws MuelleError TOKEN_TAKEN */
export function addToken(
  { name, scope }: { name: string; scope: Scope },
  store: Pick<Store, 'addToken'>,
): { name: string; scope: Scope; token: string } {
  const { token, hash } = mintToken()
  if (store.addToken({ name, scope, hash })) return { name, scope, token }
  throw taken(name)
}

/** Milliseconds in which a set-up token is good. */
const setupMs = 3_600_000

/** Good once, to make the first token of an administrator from elsewhere; the one before it is worthless. */
export function addSetupToken(store: Pick<Store, 'addSetupToken'>): { token: string; expiresAt: string } {
  const { token, hash } = mintToken()
  const expiresAt = new Date(Date.now() + setupMs).toISOString()
  store.addSetupToken({ hash, expiresAt })
  return { token, expiresAt }
}

/**
 * An administrator's token for a set-up token, which is worthless from then on.
 * @throws MuelleError TOKEN_TAKEN, with which it stays good, or UNAUTHENTICATED when it was used meanwhile
 */
export function exchangeToken(
  { name, setup }: { name: string; setup: string },
  store: Pick<Store, 'exchangeToken'>,
): { name: string; scope: Scope; token: string } {
  const { token, hash } = mintToken()
  const outcome = store.exchangeToken(setup, { name, scope: 'admin', hash })
  if (outcome === 'done') return { name, scope: 'admin', token }
  if (outcome === 'taken') throw taken(name)
  throw new MuelleError('UNAUTHENTICATED', 'The set-up token is no longer good.', {
    hint: 'Make another:  muelle agent token setup',
  })
}

function taken(name: string): MuelleError {
  return new MuelleError('TOKEN_TAKEN', `There is a token called ${name} already.`, {
    hint: `Remove it:  muelle agent token rm ${name}   or choose another name.`,
  })
}

/** @throws MuelleError TOKEN_UNKNOWN */
export function removeToken(name: string, store: Pick<Store, 'removeToken'>): void {
  if (store.removeToken(name)) return
  throw new MuelleError('TOKEN_UNKNOWN', `There is no token called ${name}.`, {
    hint: 'See which there are:  muelle agent token ls',
  })
}
