import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { spawn } from '../engine/spawn.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { agentCommand } from './command-line.ts'
import type { Entrance } from './entrance.ts'
import { renderUnit } from './unit.ts'

export interface Installed {
  home: string
  instance: string
  port: number | undefined
  entrance: Entrance | undefined
  env: Readonly<Record<string, string | undefined>>
}

function nameOf(instance: string): string {
  return instance === 'muelle' ? 'muelle-agent.service' : `muelle-agent-${instance}.service`
}

/** Where an administrator's units are (systemd.unit(5)). */
const folder = '/etc/systemd/system'

/** Writes the unit, and starts the agent now and with the machine. @throws MuelleError SERVICE_MANAGER_MISSING */
export async function installAgent(installed: Installed): Promise<string> {
  const { home, instance, env } = installed
  const command = agentCommand(installed)
  refuseWithoutSystemd(`Let what starts services here run:  ${command.join(' ')}`)
  await mkdir(home, { recursive: true, mode: 0o700 })
  const file = join(folder, nameOf(instance))
  const environment = {
    ...ownVariables(env),
    MUELLE_HOME: home,
    MUELLE_INSTANCE: instance,
    // It starts sooner, and so does each of its jobs (nodejs.org, "Module compile cache").
    NODE_COMPILE_CACHE: join(home, 'agent', 'compile-cache'),
  }
  const dockerConfig = env['DOCKER_CONFIG'] ?? join(homedir(), '.docker')
  // What is not there when the agent starts is read-only to it.
  await mkdir(dockerConfig, { recursive: true, mode: 0o700 })
  await writeFile(file, renderUnit({ command, home, dockerConfig, environment }))
  await systemctl('daemon-reload')
  await systemctl('enable', nameOf(instance))
  // Replaces one that runs; what that has started goes on.
  await systemctl('restart', nameOf(instance))
  return file
}

/** Whether systemd keeps the agent of this installation. */
export function isInstalled({ instance }: Pick<Installed, 'instance'>): boolean {
  return isSystemd() && existsSync(join(folder, nameOf(instance)))
}

/** @throws MuelleError SERVICE_MANAGER_MISSING */
export async function uninstallAgent({ instance }: Pick<Installed, 'instance'>): Promise<string> {
  refuseWithoutSystemd('Let what starts services here end it.')
  const file = join(folder, nameOf(instance))
  if (existsSync(file)) await systemctl('disable', '--now', nameOf(instance))
  await rm(file, { force: true })
  await systemctl('daemon-reload')
  return file
}

/** Only what says where this installation is; a token of whoever installs it is none of its business. */
function ownVariables(env: Installed['env']): Record<string, string> {
  const own = Object.entries(env).filter(([name]) => /^(?:MUELLE_[A-Z_]+|DOCKER_HOST|PATH)$/.test(name))
  return Object.fromEntries(own.map(([name, value = '']) => [name, value]))
}

function refuseWithoutSystemd(hint: string): void {
  const isThere = isSystemd()
  if (isThere && process.getuid?.() === 0) return
  throw new MuelleError(
    'SERVICE_MANAGER_MISSING',
    isThere ? 'Only root may install a service.' : 'This machine was not started by systemd.',
    { hint: isThere ? 'Run the same command with sudo.' : hint },
  )
}

/** As sd_booted(3) looks. */
function isSystemd(): boolean {
  return existsSync('/run/systemd/system')
}

async function systemctl(...argv: string[]): Promise<void> {
  const { exitCode, lines } = await spawn('systemctl', argv)
  if (exitCode === 0) return
  throw new MuelleError('SERVICE_MANAGER_MISSING', `systemctl ${argv.join(' ')} failed.`, {
    hint: 'See why:  journalctl --unit muelle-agent',
    log: lines,
  })
}
