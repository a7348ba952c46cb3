import { randomUUID } from 'node:crypto'
import type { App } from '../app/app.ts'
import { notifySchema } from '../app/notify-schema.ts'
import type { NotifySettings } from '../app/schema.ts'
import type { Vault } from '../secrets/vault.ts'
import type { Notification } from '../store/notifications.ts'
import type { Store } from '../store/store.ts'
import { backOff, type Channel, keyOf, type Notice, quietFor, type Told, targetsOf } from './notice.ts'
import { type SendOptions, send } from './send.ts'

/** Tells people what happened. */
export interface Notifier {
  /** Puts a notice on its way to each channel of the app, unless it was told already. Never fails. */
  tell(app: Addressee, told: Told): Promise<void>
  /** Sends what is due; what cannot be sent in time stays for the next who calls this. Never fails. */
  deliverDue(options: { timeoutMs: number }): Promise<{ sent: number; failed: number }>
  /** Sends a test to each channel, now. @returns why it failed, by channel */
  test(app: Addressee): Promise<{ channel: Channel; error: string | undefined }[]>
}

export interface Addressee {
  name: string
  environment: string
  settings: Pick<App['settings'], 'notify'>
}

interface NotifierOptions extends Omit<SendOptions, 'signal'> {
  store: Store
  vault: Vault
  host: string
  /** Milliseconds since the epoch. */
  now: () => number
}

/** How long one attempt may take. */
const attemptMs = 20_000

export function createNotifier(options: NotifierOptions): Notifier {
  const { store, vault, host, now } = options
  const complete = ({ name, environment }: Addressee, told: Told): Notice => ({
    ...told,
    ...{ app: name, environment, host, at: new Date(now()).toISOString() },
  })

  const tell: Notifier['tell'] = async (app, told) => {
    const notice = await withoutSecrets(complete(app, told), vault)
    for (const [channel, target] of targetsOf(notifySettings(app), told.kind)) {
      const added = { id: randomUUID(), app: app.name, channel, target, notice, createdAt: now() }
      store.addNotification(added, keyOf(told), quietFor(told.kind))
    }
  }

  const deliver = async (notification: Notification, signal: AbortSignal): Promise<boolean> => {
    const { id, attempts } = notification
    if (!store.claimNotification(notification, now() + 2 * attemptMs)) return false
    const error = await attempt(notification, signal)
    if (error === undefined) {
      store.endNotification(id, now())
      return true
    }
    const pause = backOff(attempts + 1)
    store.delayNotification(id, error, pause === undefined ? null : now() + pause)
    return false
  }

  /** Without its database there is nobody to tell, and the command has done what it was to do. */
  const dueNow = (): Notification[] => {
    try {
      return store.dueNotifications(now())
    } catch {
      return []
    }
  }

  const attempt = async (
    sent: Pick<Notification, 'id' | 'app' | 'channel' | 'target' | 'notice'>,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    try {
      await send(sent, { ...options, signal })
      return undefined
    } catch (error) {
      const redact = await vault.redactor().catch(() => () => 'it could not be sent')
      return redact(error instanceof Error ? error.message : String(error))
    }
  }

  return {
    tell: (app, told) => tell(app, told).catch(() => undefined),
    deliverDue: async ({ timeoutMs }) => {
      const signal = AbortSignal.timeout(timeoutMs)
      const sent = await Promise.all(dueNow().map((each) => deliver(each, signal).catch(() => false)))
      return { sent: sent.filter(Boolean).length, failed: sent.filter((isSent) => !isSent).length }
    },
    test: async (app) => {
      const notice = complete(app, { kind: 'test' })
      const targets = targetsOf(notifySettings(app), 'test')
      return Promise.all(
        targets.map(async ([channel, target]) => {
          const sent = { id: randomUUID(), app: app.name, channel, target, notice }
          return { channel, error: await attempt(sent, AbortSignal.timeout(attemptMs)) }
        }),
      )
    },
  }
}

/** The model of a release that an older Muelle has deployed says nothing of notifications. */
function notifySettings({ settings }: Addressee): NotifySettings {
  return (settings.notify as NotifySettings | undefined) ?? notifySchema.parse({})
}

/** It is kept on disk and leaves the machine. */
async function withoutSecrets(notice: Notice, vault: Vault): Promise<Notice> {
  const redact = await vault.redactor()
  const { message, next, log, changes } = notice
  return {
    ...notice,
    ...(message === undefined ? {} : { message: redact(message) }),
    ...(next === undefined ? {} : { next: redact(next) }),
    ...(log === undefined ? {} : { log: log.slice(-15).map(redact) }),
    ...(changes === undefined ? {} : { changes: changes.map(redact) }),
  }
}
