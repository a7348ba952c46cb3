import { MuelleError } from '../errors/muelle-error.ts'
import type { HostKey } from '../source/keys.ts'

interface Asked {
  /** What the host has to show, without anybody being asked. */
  fingerprint: string | undefined
  /** The command, to be said again with a fingerprint. */
  again: string
  ask(question: string): Promise<string | undefined>
}

/** Only what somebody has compared. @throws MuelleError CONFIRMATION_REQUIRED */
export async function chooseHostKeys(
  keys: readonly HostKey[],
  host: string,
  { fingerprint: wanted, again, ask }: Asked,
): Promise<readonly HostKey[]> {
  const list = keys.map(({ line, fingerprint }) => `  ${fingerprint} ${line.split(' ')[1]}`).join('\n')
  if (wanted === undefined) {
    const question = `${host} shows:\n${list}\nAre these its keys, as its owner tells them? Type yes: `
    if ((await ask(question)) === 'yes') return keys
  }
  const fitting = keys.filter(({ fingerprint }) => fingerprint === wanted)
  if (fitting.length > 0) return fitting
  throw new MuelleError('CONFIRMATION_REQUIRED', `${host} is not trusted. It shows:\n${list}`, {
    hint: `Compare with what its owner tells, then:  ${again} --fingerprint SHA256:…`,
  })
}
