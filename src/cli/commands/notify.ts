import { readLiveModel } from '../../deploy/live-model.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Notification } from '../../store/notifications.ts'
import type { Command, Output } from '../command.ts'
import { findRecord } from '../find-app.ts'
import { table } from '../render/format.ts'

export const notify: Command = {
  name: 'notify',
  summary: 'Send a test to whom x-muelle.notify names, or show what was sent and what waits',
  arguments: [
    { name: '<test|ls>', description: 'test: one message to each channel, now; ls: those of the last month' },
    { name: '[app]', description: 'an app or its folder (default: the current folder)' },
  ],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle notify test shop', 'muelle notify ls shop'],
  run: async (input, io) => {
    const [verb, named] = input.args
    if (verb !== 'test' && verb !== 'ls') {
      throw new MuelleError('USAGE', `${verb} is neither test nor ls.`, { hint: 'Say:  muelle notify test' })
    }
    const services = await io.services()
    const record = findRecord(input, io, { store: services.store, named })
    if (verb === 'ls') return list(services.store.notifications(record.name))
    const { settings } = await readLiveModel(record.name, services)
    const results = await services.notifier.test({ ...record, settings })
    const failed = results.filter(({ error }) => error !== undefined)
    if (results.length === 0) throw nobody(record.name)
    if (failed.length > 0) throw undelivered(failed)
    return { data: results, text: `Delivered: ${results.map(({ channel }) => channel).join(', ')}.` }
  },
}

function list(rows: readonly Notification[]): Output {
  const data = rows.map(({ id, channel, notice, createdAt, attempts, nextAt, deliveredAt, error }) => ({
    id,
    channel,
    kind: notice.kind,
    release: notice.release ?? null,
    createdAt: new Date(createdAt).toISOString(),
    state: deliveredAt !== null ? 'delivered' : nextAt === null ? 'given up' : 'waiting',
    attempts,
    error,
  }))
  if (data.length === 0) return { data, text: 'Nothing was told in the last month.' }
  const head = ['WHEN', 'WHAT', 'CHANNEL', 'STATE', 'ATTEMPTS', '']
  const lines = data.map(({ createdAt, kind, channel, state, attempts, error }) => {
    return [createdAt, kind, channel, state, String(attempts), error ?? '']
  })
  return { data, text: table([head, ...lines]) }
}

function nobody(app: string): MuelleError {
  return new MuelleError('NOTIFICATION_FAILED', `The live release of ${app} names nobody to tell.`, {
    hint: 'Write it in the Compose file and deploy that:  x-muelle: {notify: {email: you@example.com}}',
  })
}

function undelivered(failed: readonly { channel: string; error: string | undefined }[]): MuelleError {
  const reasons = failed.map(({ channel, error }) => `${channel}: ${error}`).join('\n')
  return new MuelleError(
    'NOTIFICATION_FAILED',
    `Not delivered by ${failed.length === 1 ? '' : `${failed.length} channels: `}${reasons}`,
    {
      hint: 'What each channel needs:  docs/guides/notifications.md',
    },
  )
}
