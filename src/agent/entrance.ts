import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Services } from '../deploy/with-app.ts'
import type { Owner } from '../gateway/certificates/certificates.ts'
import type { Pod } from '../gateway/pod.ts'
import { withGateway } from '../store/lease.ts'

/** A host name of the agent at the gateway, for webhooks and other machines. */
export interface Entrance {
  domain: string
  /** For the authority that gives the certificate; without, it is self-signed. */
  email: string | undefined
}

type Ports = Pick<Services, 'gateway' | 'certificates' | 'store' | 'probeToken'>

/** No Compose project can have this name. */
const site = 'agent.muelle'

/** In the folder of the pod, which nginx sees. */
const socket = 'agent.sock'

/** Bytes of a request; the agent itself takes less. */
const bodyBytes = 2_000_000

/** Where the agent listens for what comes through the gateway. */
export async function entranceSocket(entrance: Entrance, { gateway }: Ports): Promise<string> {
  const { folder } = podOf(entrance, gateway)
  await mkdir(folder, { recursive: true })
  return join(folder, socket)
}

/** Has the host name at the gateway, once that is to be had, and its certificate; or no longer. */
export function entranceKeeper(
  entrance: Entrance | undefined,
  services: Ports,
  report: (error: unknown) => void,
): () => Promise<void> {
  let isDone = false
  const keep = async (): Promise<void> => {
    if (entrance === undefined) {
      if (!isDone) await closeEntrance(services)
    } else {
      if (!isDone) await openEntrance(entrance, services)
      await obtainCertificate(entrance, services)
    }
    isDone = true
  }
  return () => keep().catch(report)
}

/** Leads the host name to the agent. @throws MuelleError DOMAIN_TAKEN, or that the gateway cannot be had now */
async function openEntrance(
  entrance: Entrance,
  { gateway, certificates, store, probeToken }: Ports,
): Promise<void> {
  const pod = podOf(entrance, gateway)
  await withGateway(store, async () => {
    const tls = await certificates.have(pod, ownerOf(entrance))
    const rules = [{ path: '/', bodyBytes }]
    await gateway.admit(
      pod,
      { app: site, domains: [entrance.domain], tls, files: [], rules, probeToken },
      socket,
    )
  })
}

/** Asks for its certificate, unless it is there or the authority's limits say later. @returns why there is none */
async function obtainCertificate(
  entrance: Entrance,
  { gateway, certificates }: Ports,
): Promise<string | undefined> {
  const obtained = await certificates.obtain(podOf(entrance, gateway), ownerOf(entrance), { isUrgent: false })
  return obtained.isThere ? undefined : obtained.why
}

/** Removes what an agent had there that was started with a host name. */
async function closeEntrance({ gateway, store }: Ports): Promise<void> {
  const pod = podOf({ domain: 'localhost', email: undefined }, gateway)
  if (await gateway.has(pod, site)) await withGateway(store, () => gateway.remove(pod, site))
}

function ownerOf({ domain, email }: Entrance): Owner {
  const tls = email === undefined ? 'self-signed' : { email, staging: false }
  return { name: site, directory: '/', entrance: { kind: 'domains', domains: [domain], tls } }
}

function podOf(entrance: Entrance, gateway: Ports['gateway']): Pod {
  return gateway.podFor(ownerOf(entrance).entrance)
}
