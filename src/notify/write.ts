import { production } from '../app/environment.ts'
import type { Notice } from './notice.ts'

/** A notice in words: one line, and all of it. */
export interface Written {
  subject: string
  text: string
}

export function write(notice: Notice): Written {
  const { app, environment, host, at, commit, changes = [], url, log = [], next } = notice
  const where = environment === production ? app : `${app} (${environment})`
  const facts = [
    ...(notice.code === undefined ? [] : [`Error: ${notice.code}`]),
    ...(commit === undefined ? [] : [`Commit: ${commit}`]),
    ...(url === undefined ? [] : [`Address: ${url}`]),
    `Machine: ${host}`,
    `Time: ${at}`,
  ]
  const headline = say(notice)
  const parts = [
    // Of a long message the subject has the first line only.
    ...(notice.message?.includes('\n') ? [notice.message] : []),
    facts.join('\n'),
    ...(changes.length === 0 ? [] : [`What is in it:\n${changes.map((line) => `  ${line}`).join('\n')}`]),
    ...(log.length === 0 ? [] : [`The last lines:\n${log.map((line) => `  | ${line}`).join('\n')}`]),
    ...(next === undefined ? [] : [`Next: ${next}`]),
  ]
  return { subject: `[${where}] ${oneLine(headline)}`, text: [headline, ...parts].join('\n\n') }
}

function say({ kind, release, previous, message = '' }: Notice): string {
  const reason = message.split('\n')[0] ?? ''
  switch (kind) {
    case 'deployed':
      return `Release ${release} is live${previous === undefined ? '' : `, after release ${previous}`}.`
    case 'failed':
      return `The deployment failed, and nothing was changed: ${reason}`
    case 'rolled-back':
      return `Release ${release} was taken back: ${reason}`
    case 'backup-failed':
      return `The backup failed: ${reason}`
    case 'certificate-expiring':
      return reason
    case 'test':
      return 'This is a test: who reads it will be told.'
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').slice(0, 200)
}
