import { chmod, rm } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import type { AgentContext } from './context.ts'
import { createServer, type Listener } from './server.ts'

/** Whoever holds the lease is the only agent, so what is left of a socket is of a dead one. */
export async function listenOnSocket(
  path: string,
  context: AgentContext,
  { listener, mode }: { listener: Listener; mode: number },
): Promise<FastifyInstance> {
  await rm(path, { force: true })
  const server = await createServer(context, listener)
  await server.listen({ path })
  await chmod(path, mode)
  return server
}

export async function listenOnPort(port: number, context: AgentContext): Promise<FastifyInstance> {
  const server = await createServer(context, 'network')
  await server.listen({ host: '127.0.0.1', port })
  return server
}
