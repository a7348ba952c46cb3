import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ToolResult } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { RunOptions } from '../restic-run.ts'
import { pointOperations } from './points.ts'

const snapshot = { id: 'abc', time: '', app: 'shop', point: 'p', isProven: true }
const nothing: ToolResult = { exitCode: 0, stdout: '', lines: [] }

function operations(answer: (command: string, options: RunOptions) => ToolResult) {
  const commands: string[] = []
  const run = async (argv: readonly string[], options: RunOptions = {}): Promise<ToolResult> => {
    commands.push(argv.join(' '))
    return answer(argv.join(' '), options)
  }
  return { commands, ...pointOperations('shop', run, async () => [snapshot]) }
}

describe('a restore point', () => {
  test('is asked for by its id where a snapshot of somebody else cannot be read', async () => {
    const { commands, readThrough } = operations((command) => {
      if (!command.includes('latest')) return nothing
      throw new MuelleError('BACKUP_UNPROVEN', 'damaged', {
        log: ['Fatal: failed to find snapshot: Error loading snapshot 12345678: invalid data returned'],
      })
    })
    await readThrough('p', '/restore-point', {})
    assert.match(commands.at(-1) ?? '', / -- abc \/restore-point$/)
  })
  test('that is damaged itself is not asked for again', async () => {
    const { commands, readThrough } = operations(() => {
      throw new MuelleError('BACKUP_UNPROVEN', 'damaged', { log: ['ciphertext verification failed'] })
    })
    await assert.rejects(readThrough('p', '/restore-point', {}), { code: 'BACKUP_UNPROVEN' })
    assert.equal(commands.length, 1)
  })
  test('with a link that leads out of a volume is restored without it', async () => {
    const link = '/restore-point/media/m/we[i]rd'
    const { commands, inspect, restore } = operations((command, { onOutput }) => {
      if (command.startsWith('ls')) {
        onOutput?.(JSON.stringify({ name: 'we[i]rd', path: link, type: 'symlink' }))
        onOutput?.(JSON.stringify({ name: 'x', path: '/restore-point/media/m/x', type: 'file' }))
      }
      const matches = [{ path: link, linktarget: '/etc/passwd' }]
      return command.startsWith('find') ? { ...nothing, stdout: JSON.stringify([{ matches }]) } : nothing
    })
    const without = await inspect('p', {})
    assert.deepEqual(without, [{ path: link, type: 'symlink', target: '/etc/passwd' }])
    await restore('p', '/restore-point/media/m', { to: 'shop_media', without })
    assert.match(commands.at(-1) ?? '', / --exclude \/we\\\[i]rd --target /)
    await restore('p', '/restore-point/media/other', { to: 'shop_other', without })
    assert.doesNotMatch(commands.at(-1) ?? '', /--exclude/)
  })
  test('with a name that leads elsewhere is refused', async () => {
    const { inspect } = operations((_, { onOutput }) => {
      onOutput?.(JSON.stringify({ name: '../../x', path: '/restore-point/media/x', type: 'file' }))
      return nothing
    })
    await assert.rejects(inspect('p', {}), {
      code: 'BACKUP_UNPROVEN',
      message: /holds what Muelle never put/,
    })
  })
})
