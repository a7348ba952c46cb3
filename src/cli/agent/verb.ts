import type { Entrance } from '../../agent/entrance.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type Installation, readInstallation } from '../../settings.ts'
import { type Input, type Io, type Output, text } from '../command.ts'

export interface Request {
  input: Input
  /** What follows the verb. */
  rest: readonly string[]
  io: Io
}

/** What `muelle agent VERB` does. */
export type Verb = (request: Request) => Promise<Output>

export function installation({ env }: Io): Installation {
  return readInstallation(env, process.getuid?.() === 0)
}

/** @throws MuelleError USAGE */
export function wholeNumber(input: Input, name: string, most: number): number | undefined {
  const given = text(input, name)
  if (given === undefined) return undefined
  const value = Number(given)
  if (Number.isInteger(value) && value > 0 && value <= most) return value
  throw new MuelleError('USAGE', `--${name} ${given} is no whole number up to ${most}.`, {
    hint: 'See how it is said:  muelle help agent',
  })
}

/** @throws MuelleError USAGE */
export async function readEntrance(input: Input): Promise<Entrance | undefined> {
  const [given, email] = [text(input, 'domain'), text(input, 'email')]
  if (given === undefined) return undefined
  const [{ domain }, { z }] = await Promise.all([import('../../app/schema.ts'), import('zod')])
  const isRight =
    domain.safeParse(given).success && (email === undefined || z.email().safeParse(email).success)
  if (isRight) return { domain: given, email }
  throw new MuelleError('USAGE', `${given} is no host name, or ${email} no address.`, {
    hint: 'Say:  --domain agent.example.com --email ops@example.com',
  })
}
