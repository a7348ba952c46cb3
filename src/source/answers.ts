/** In the environment of Git, which only this user can read: what `askpass.ts` may say, and to whom. */
export const answersVariable = 'GIT_ASKPASS_ANSWERS'

export interface Answers {
  origin: string
  username: string
  token: string
}

/**
 * The answer to a question of Git, such as `Password for 'https://name@host:port': `. A server that leads elsewhere is
 * told nothing.
 */
export function answer(question: string, { origin, username, token }: Answers): string | undefined {
  const [, what, address = ''] = /^(Username|Password) for '(.+)': ?$/.exec(question) ?? []
  if (!URL.canParse(address) || new URL(address).origin !== origin) return undefined
  return what === 'Username' ? username : token
}
