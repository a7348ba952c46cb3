import type { Container } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Site } from '../../gateway/config/model.ts'
import type { GatewayAnswer } from '../../gateway/gateway.ts'
import { edgeNetwork } from '../../release/names.ts'
import type { Context } from '../operation.ts'
import { onPrevious } from '../previous.ts'
import { within } from '../wait.ts'
import { isHealthy } from './ask.ts'
import { healUnanswering } from './heal.ts'
import { describeSite } from './reach.ts'
import { webContainers } from './ready.ts'

/** A reload takes about 0.1 s; the rest is for a busy machine. */
const shownWithinMs = 60_000
const pollMs = 20

interface Question {
  site: Site
  release: number
  /** The release that is asked for; without, the one that visitors reach. */
  asked: number | undefined
}

/** Asks through the gateway until the release answers there, as a visitor would see it. */
export function untilShown(context: Context, question: Question): Promise<void> {
  return untilAnswered(context, question, async () => undefined)
}

/**
 * Asks until each of some replicas of a release has answered through the gateway. nginx learns the address of what is
 * new to it only after a reload, and answers 502 until then; so nobody is sent there before.
 * @param pick the replicas, of all that the release has
 */
export async function untilReached(
  release: number,
  pick: (replicas: readonly Container[]) => readonly Container[],
  context: Context,
): Promise<void> {
  const site = await describeSite(context)
  const answered = new Set<string | undefined>()
  await untilAnswered(context, { site, release, asked: release }, async ({ server }) => {
    answered.add(server)
    const replicas = pick(await webContainers(context, release))
    const missing = addressesOf(replicas, context).filter((address) => !answered.has(address))
    return missing.length === 0 ? undefined : `no answer yet from ${missing.join(' and ')}`
  })
}

/** `ip:port` of replicas, where the gateway reaches them. */
export function addressesOf(replicas: readonly Container[], { app }: Pick<Context, 'app'>): string[] {
  return replicas.flatMap(({ addresses }) => {
    const ip = addresses[edgeNetwork(app.name)]
    return ip === undefined || ip === '' ? [] : [`${ip}:${app.web.port}`]
  })
}

/** @param lacking what an answer leaves open, for people; undefined when nothing */
async function untilAnswered(
  context: Context,
  { site, release, asked }: Question,
  lacking: (answer: GatewayAnswer) => Promise<string | undefined>,
): Promise<void> {
  const { app, gateway, pod, clock, signal } = context
  const { path } = app.web.health
  let last = 'no answer'
  const limit = { timeoutMs: shownWithinMs, everyMs: pollMs, clock, signal }
  const shown = await within(limit, async () => {
    const answer = await gateway
      .ask(pod, { site }, { path, ...(asked === undefined ? {} : { release: asked }) })
      .catch(async (error: Error) => {
        last = error.message
        await healUnanswering(context)
      })
    if (answer === undefined) return undefined
    last = `${path} answers ${answer.status} from release ${answer.release ?? 'none'}`
    if (answer.release !== release || !isHealthy(answer.status, app.web.health)) return undefined
    const open = await lacking(answer)
    last = open ?? last
    return open === undefined || undefined
  })
  if (shown === true) return
  throw new MuelleError('GATEWAY_FAILED', `The gateway does not show release ${release}: ${last}.`, {
    hint: `${onPrevious('Traffic stays', context)}See what runs:  muelle status ${app.name}`,
    log: await gateway.errorLog(pod),
  })
}
