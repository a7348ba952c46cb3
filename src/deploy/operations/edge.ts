import type { App } from '../../app/app.ts'
import type { Container } from '../../engine/port.ts'
import { edgeNetwork } from '../../release/names.ts'
import type { Context } from '../operation.ts'

/**
 * A web container joins the network of the gateway when it runs, although its file has it there from the start: each
 * network that Docker sets up before the app boots delays the boot by some 80 ms, and afterwards it happens meanwhile.
 */
export async function leaveEdge(webs: readonly Container[], { app, engine }: Context): Promise<void> {
  const edge = edgeNetwork(app.name)
  const waiting = webs.filter(({ running, addresses }) => !running && edge in addresses)
  await Promise.all(waiting.map(({ id }) => engine.disconnect(edge, id)))
}

/** Starts containers that do not run; those of the web service can be reached by the gateway then. */
export async function startContainers(
  containers: readonly Container[],
  context: Pick<Context, 'app' | 'engine'>,
): Promise<void> {
  const { app, engine } = context
  await Promise.all(
    containers.map(async ({ id, running, service }) => {
      if (!running) await engine.start(id)
      if (isOnEdge(service, app)) await engine.connect(edgeNetwork(app.name), id)
    }),
  )
}

/** Who shares the network of another container has none of its own to join. */
function isOnEdge(service: string, { services, web }: App): boolean {
  return services.some(
    ({ name, definition }) =>
      name === service && name === web.service && definition.network_mode === undefined,
  )
}
