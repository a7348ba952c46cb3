import { setTimeout as sleep } from 'node:timers/promises'
import { MuelleError } from '../errors/muelle-error.ts'
import { main } from '../root.ts'
import { askAgent } from './client.ts'
import { type Installed, installAgent, isInstalled } from './install.ts'
import { socketOf } from './socket.ts'

/** Milliseconds in which the new agent has to answer. */
const patienceMs = 60_000
const pauseMs = 200

interface Greeting {
  version: string
  startedAt: string
  port?: number
  domain?: string
  email?: string
}

/**
 * Lets this version take the place of the agent that runs. What that has started goes on, and is taken over.
 * @returns the version before
 * @throws MuelleError AGENT_UNREACHABLE when none runs, or when the new one does not come
 */
export async function upgradeAgent(
  installed: Omit<Installed, 'port' | 'entrance'>,
  version: string,
): Promise<{ from: string; to: string }> {
  const socket = socketOf(installed.home)
  const before = await greet(socket)
  const { port, domain, email } = before
  const entrance = domain === undefined ? undefined : { domain, email }
  if (isInstalled(installed)) await installAgent({ ...installed, port, entrance })
  else
    await askAgent(socket, {
      method: 'POST',
      path: '/v1/agent/replace',
      body: { file: process.execPath, main },
    })
  for (const began = Date.now(); Date.now() - began < patienceMs; await sleep(pauseMs)) {
    const now = await greet(socket).catch(() => undefined)
    if (now !== undefined && now.startedAt !== before.startedAt && now.version === version)
      return { from: before.version, to: version }
  }
  throw new MuelleError('AGENT_UNREACHABLE', `The agent ${version} does not answer.`, {
    hint: 'See why:  journalctl --unit muelle-agent   or what runs the agent printed',
  })
}

async function greet(socket: string): Promise<Greeting> {
  return (await askAgent(socket, { method: 'GET', path: '/v1/agent', timeoutMs: 2000 })) as Greeting
}
