import { readLiveModel } from '../deploy/live-model.ts'
import type { Control } from '../deploy/run.ts'
import { readStatus } from '../deploy/status.ts'
import type { Services } from '../deploy/with-app.ts'
import { MuelleError, recode, reportError } from '../errors/muelle-error.ts'
import type { Sources } from '../source/sources.ts'
import { withLease } from '../store/lease.ts'
import { createMetrics } from '../watch/metrics.ts'
import type { AgentContext } from './context.ts'
import { type Entrance, entranceKeeper, entranceSocket } from './entrance.ts'
import { every } from './every.ts'
import { tellAllExpiring } from './expiring.ts'
import { archiveAll } from './history.ts'
import { listenOnPort, listenOnSocket } from './listen.ts'
import { ping } from './ping.ts'
import { type HeadOf, pollApp } from './poll.ts'
import { createDispatcher, type Dispatcher } from './queue/dispatch.ts'
import { forgetLogs, startJob } from './queue/start.ts'
import { transcriptOf } from './queue/transcript.ts'
import { remembered } from './remembered.ts'
import { tick } from './schedule/tick.ts'
import { socketOf } from './socket.ts'
import type { Successor } from './successor.ts'
import { watchWrites } from './watch-writes.ts'

export type AgentServices = Services & { sources: Sources }

export interface AgentOptions {
  /** The state folder. */
  home: string
  version: string
  ports: { http: number; https: number }
  /** Of 127.0.0.1, for what comes through a gateway; none listens without. */
  port: number | undefined
  /** At the gateway. */
  entrance: Entrance | undefined
  pollMs: number
  /** What is asked for each minute, for whoever misses it. */
  pingUrl: string | undefined
  /** Where its end is that of all it has started, as in a container: it ends once that is done. */
  drains: boolean
}

/** What a delivery is signed with, among the secrets of its app. */
const webhookSecretName = 'WEBHOOK_SECRET'

/** Milliseconds between two looks at processes that another agent has started, which tell this one nothing. */
const lookMs = 1000

/** Milliseconds between two looks at what has come due; cron counts minutes. */
const scheduleMs = 10_000

/** Milliseconds between two looks at the host name at the gateway and its certificate. */
const entranceMs = 60_000

/** Milliseconds between two looks at what has to be told. */
const deliveryMs = 60_000

/** Milliseconds between two times that histories go into the repository: what came later is lost with the machine. */
const archiveMs = 30_000

const hourMs = 3_600_000

/** Milliseconds between two signs of life. */
const pingMs = 60_000

/** Many who ask what runs do not ask Docker as often: to see how busy containers are takes a quarter of a second. */
const statusAges = { freshMs: 1000, mostMs: 5000 }

/**
 * Runs until it is stopped. What it has started goes on without it, and the next one takes it over.
 * @returns what is to go on in its place, if somebody wants that
 * @throws MuelleError AGENT_RUNNING
 */
export async function runAgent(
  options: AgentOptions,
  services: AgentServices,
  control: Control,
): Promise<Successor | undefined> {
  const alone = withLease(services.store, '#agent', () => serve(options, services, control))
  return alone.catch(
    recode(
      'LOCKED',
      () =>
        new MuelleError('AGENT_RUNNING', `An agent runs already for ${options.home}.`, {
          hint: 'Look at it:  muelle agent status',
        }),
    ),
  )
}

async function serve(
  options: AgentOptions,
  services: AgentServices,
  control: Control,
): Promise<Successor | undefined> {
  const { home, port, entrance, pollMs, pingUrl, drains } = options
  const replacing = new AbortController()
  let successor: Successor | undefined
  const { store } = services
  const report = (error: unknown): void => {
    const { code, message } = reportError(error)
    control.emit({ type: 'note', message: `${code}: ${message}` })
  }
  const dispatcher = createDispatcher({
    store,
    start: (launch, claim) => startJob(launch, claim, home),
    report,
  })
  const context = createContext(options, services, {
    dispatcher,
    report,
    replace: (next) => {
      successor = next
      // Whoever asked has an answer by then.
      setTimeout(() => replacing.abort(), 100)
    },
  })
  const servers = [await listenOnSocket(socketOf(home), context, { listener: 'socket', mode: 0o600 })]
  if (entrance !== undefined) {
    const path = await entranceSocket(entrance, services)
    // nginx runs as another user; nobody but root comes through the folders above.
    servers.push(await listenOnSocket(path, context, { listener: 'gateway', mode: 0o666 }))
  }
  if (port !== undefined) servers.push(await listenOnPort(port, context))
  control.emit({
    type: 'note',
    message: `The agent listens on ${socketOf(home)}${port === undefined ? '' : ` and 127.0.0.1:${port}`}`,
  })
  const keepEntrance = entranceKeeper(entrance, services, report)
  void keepEntrance()
  const loops = [
    every(entranceMs, keepEntrance, report),
    every(lookMs, async () => dispatcher.wake(), report),
    every(scheduleMs, async () => tickAll(services, { report, wake: dispatcher.wake }), report),
    every(pollMs, async () => pollAll(context, services.sources, { report, signal: control.signal }), report),
    every(
      deliveryMs,
      async () => void (await services.notifier.deliverDue({ timeoutMs: deliveryMs })),
      report,
    ),
    every(archiveMs, () => archiveAll(services, { report, signal: control.signal }), report),
    every(hourMs, async () => forgetLogs(home, store.forgetOldJobs()), report),
    every(hourMs, () => tellAllExpiring(services, { now: new Date(), report }), report),
  ]
  if (pingUrl !== undefined) {
    loops.push(every(pingMs, () => ping(pingUrl, services.engine), report))
    void ping(pingUrl, services.engine).catch(report)
  }
  // An agent that is replaced every day is to look too.
  tellAllExpiring(services, { now: new Date(), report }).catch(report)
  dispatcher.wake()
  await stopped(AbortSignal.any([control.signal, replacing.signal]))
  for (const end of loops) end()
  await Promise.all(servers.map((server) => server.close()))
  await (drains ? dispatcher.drained() : dispatcher.handedOver())
  return successor
}

function createContext(
  { version, ports, home, port, entrance }: AgentOptions,
  services: Services,
  { dispatcher, report, replace }: Pick<AgentContext, 'report' | 'replace'> & { dispatcher: Dispatcher },
): AgentContext {
  const { store, secrets } = services
  const isKnown = (app: string): boolean => store.apps().some(({ name }) => name === app)
  return {
    store,
    version,
    startedAt: new Date().toISOString(),
    port,
    entrance,
    replace,
    status: remembered(statusAges, () =>
      Promise.all(store.apps().map(({ name }) => readStatus(name, { ...services, ports }))),
    ),
    metrics: remembered(statusAges, createMetrics(services, Date.now)),
    webhookSecret: async (app) =>
      isKnown(app) ? (await secrets.read(app)).get(webhookSecretName)?.value.reveal() : undefined,
    updateOf: async (app) =>
      isKnown(app) ? (await readLiveModel(app, services)).settings.update : undefined,
    report,
    begin: dispatcher.begin,
    transcript: (job) => transcriptOf(home, job),
    wake: dispatcher.wake,
    onWrite: watchWrites(store),
  }
}

/** One after the other; an app whose branch cannot be read is told, and the others follow. */
async function pollAll(
  context: AgentContext,
  sources: Sources,
  { report, signal }: { report: (error: unknown) => void; signal: AbortSignal },
): Promise<void> {
  for (const { name } of context.store.apps()) {
    const headOf: HeadOf = async (settings) => {
      const mirror = sources.open(name, settings)
      await mirror.fetch(signal)
      return mirror.commit()
    }
    await pollApp(name, { ...context, headOf }).catch(report)
  }
}

async function tickAll(
  services: Services,
  { report, wake }: Pick<AgentContext, 'report' | 'wake'>,
): Promise<void> {
  const { store } = services
  for (const { name } of store.apps())
    await readLiveModel(name, services)
      .then((app) => tick(app, { store, now: new Date() }))
      .catch(report)
  wake()
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
