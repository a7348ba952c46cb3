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
  throw new MuelleError('TOKEN_TAKEN', `There is a token called ${name} already.`, {
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
