/**
 * Loaded with `node --import` before Muelle: ends the process with SIGKILL at one line of the journal, so that a
 * crash can be put between any two of its writes. MUELLE_KILL_AT counts the lines from 1.
 *
 * A line that says `started` is written first and the process dies after it; before any other line it dies instead
 * of writing it, because its effect has happened then and the journal does not know.
 */
import { type SQLInputValue, type StatementResultingChanges, StatementSync } from 'node:sqlite'

const killAt = Number(process.env['MUELLE_KILL_AT'])
const run = StatementSync.prototype.run as (...parameters: SQLInputValue[]) => StatementResultingChanges
let lines = 0

StatementSync.prototype.run = function (this: StatementSync, ...parameters: unknown[]) {
  const write = () => run.apply(this, parameters as SQLInputValue[])
  if (!this.sourceSQL.startsWith('INSERT INTO journal')) return write()
  lines++
  const dies = lines === killAt
  if (dies && !parameters.includes('started')) process.kill(process.pid, 'SIGKILL')
  const result = write()
  if (dies) process.kill(process.pid, 'SIGKILL')
  return result
}
