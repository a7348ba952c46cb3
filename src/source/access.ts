import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { shellWord } from '../app/shell-word.ts'
import { root } from '../root.ts'
import type { Vault } from '../secrets/vault.ts'
import { readAddress } from './address.ts'
import { answersVariable } from './answers.ts'
import type { SourceFolder } from './folder.ts'
import { haveKnownHosts } from './known-hosts.ts'

/** What Git is given to be let in. */
export interface Access {
  /** Options before the command. */
  options: readonly string[]
  env: Readonly<Record<string, string>>
}

/** Whoever is asked for a name takes any, but GitHub wants this one (docs.github.com, "About authentication"). */
const usualUser = 'x-access-token'

/**
 * How a repository is opened: by https with the secrets `GIT_TOKEN` and `GIT_USERNAME` of the app, by SSH with its deploy
 * key, or with the user's own keys when it has none. The token is in no argument, address or file.
 */
export async function accessTo(
  repo: string,
  source: { app: string; folder: SourceFolder },
  vault: Pick<Vault, 'read'>,
): Promise<Access> {
  const address = readAddress(repo)
  // Only what the schema lets pass, and what an address leads to.
  const env = { GIT_ALLOW_PROTOCOL: 'https:ssh:file', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' }
  if (address.kind === 'folder') return { options: [], env }
  if (address.kind === 'ssh') return { options: await sshOptions(source.folder, address), env }
  const secrets = await vault.read(source.app)
  const token = secrets.get('GIT_TOKEN')?.value.reveal()
  if (token === undefined) return { options: [], env }
  const username = secrets.get('GIT_USERNAME')?.value.reveal() ?? usualUser
  const answers = JSON.stringify({ origin: address.origin, username, token })
  // The program that answers begins with `env node`.
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)
  const program = join(root, 'src/source/askpass.ts')
  // What a person has set up for this host would be asked first, and told the token to keep it.
  const options = ['-c', 'credential.helper=']
  return { options, env: { ...env, PATH: path, GIT_ASKPASS: program, [answersVariable]: answers } }
}

/** Git has its ssh command read by a shell, and the name of a file of ours is all that is in it. */
async function sshOptions(
  folder: SourceFolder,
  address: { host: string; port: number },
): Promise<readonly string[]> {
  const { key, knownHosts, sshConfig } = folder
  await haveKnownHosts(knownHosts, address)
  const config = sshConfiguration({ knownHosts, key: existsSync(key) ? key : undefined })
  const current = await readFile(sshConfig, 'utf8').catch(() => undefined)
  if (current !== config) await writeFile(sshConfig, config, { mode: 0o600 })
  return ['-c', `core.sshCommand=ssh -F ${shellWord(sshConfig)}`]
}

/** Nobody is asked anything, no host is taken on trust, and no other key is tried. */
export function sshConfiguration({
  knownHosts,
  key,
}: {
  knownHosts: string
  key: string | undefined
}): string {
  const lines = [
    'BatchMode yes',
    'StrictHostKeyChecking yes',
    `UserKnownHostsFile ${quoted(knownHosts)}${key === undefined ? ' ~/.ssh/known_hosts' : ''}`,
    'GlobalKnownHostsFile /dev/null',
    'UpdateHostKeys no',
    'ControlPath none',
    'ForwardAgent no',
    'ConnectTimeout 20',
    'ServerAliveInterval 20',
    ...(key === undefined ? [] : ['IdentitiesOnly yes', 'IdentityAgent none', `IdentityFile ${quoted(key)}`]),
  ]
  return `Host *\n${lines.map((line) => `  ${line}\n`).join('')}`
}

/** ssh_config(5): a percent sign begins a token. */
function quoted(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll(/["\\]/g, '\\$&')}"`
}
