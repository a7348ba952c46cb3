import { styleText } from 'node:util'
import type { MuelleError } from '../../errors/muelle-error.ts'

/** A failure for people: the log that explains it, what failed, why, and the next command. */
export function renderError(error: MuelleError): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    styleText(style, text, { stream: process.stderr })
  const log = error.log.slice(-15).map((line) => paint('dim', `  | ${line}`))
  const [first, ...rest] = error.message.split('\n')
  return [
    ...log,
    `${paint('red', 'Error')} ${error.code}: ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...(error.diagnosis === undefined ? [] : [`  ${paint('yellow', 'Cause:')} ${error.diagnosis.text}`]),
    ...(error.hint === undefined ? [] : [`  ${paint('cyan', '→')} ${error.hint}`]),
  ].join('\n')
}
