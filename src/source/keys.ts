import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { spawn } from '../engine/spawn.ts'
import { MuelleError } from '../errors/muelle-error.ts'

/** The public half of an app's deploy key, which is made when there is none. */
export async function havePublicKey(file: string, comment: string): Promise<string> {
  if (!existsSync(file)) {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const argv = ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]
    const { exitCode, lines } = await spawn('ssh-keygen', argv)
    if (exitCode !== 0) throw unavailable('ssh-keygen', lines)
  }
  return (await readFile(`${file}.pub`, 'utf8')).trim()
}

/** A key that a host says it has, with its fingerprint as people compare it. */
export interface HostKey {
  line: string
  fingerprint: string
}

/** Asks a host for its keys; whether they are its own nobody but a person can tell. */
export async function askHostKeys(address: { host: string; port: number }): Promise<HostKey[]> {
  const argv = ['-T', '20', '-p', String(address.port), '--', address.host]
  const { stdout, lines, isMissing } = await spawn('ssh-keyscan', argv)
  if (isMissing) throw unavailable('ssh-keyscan', lines)
  const found = stdout.split('\n').filter((line) => /^\S+ (?:ssh-|ecdsa-)\S+ \S+$/.test(line))
  if (found.length === 0) throw unavailable(address.host, lines)
  return Promise.all(found.map(async (line) => ({ line, fingerprint: await fingerprintOf(line) })))
}

/** `ssh-keygen -l` says `256 SHA256:… host (ED25519)`. */
async function fingerprintOf(line: string): Promise<string> {
  const { stdout } = await spawn('ssh-keygen', ['-l', '-f', '-'], { input: `${line}\n` })
  return stdout.split(' ')[1] ?? ''
}

function unavailable(what: string, log: readonly string[]): MuelleError {
  return new MuelleError('SOURCE_UNREACHABLE', `${what} gave no key.`, {
    hint: 'Is openssh-client installed, and does the host answer?  sudo apt-get install openssh-client',
    log,
  })
}
