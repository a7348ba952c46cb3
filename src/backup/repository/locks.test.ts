import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { lockNames, removeDeadLocks } from './locks.ts'

const id = (digit: number): string => String(digit).repeat(64)

/** What is said to a repository with locks of these hosts; of one that is undefined nothing can be read. */
async function said(hosts: readonly (string | undefined)[], running: readonly string[]): Promise<string[]> {
  const commands: string[] = []
  const run = async (argv: readonly string[]) => {
    commands.push(argv.join(' '))
    const host = hosts[Number(argv.at(-1)?.[0])]
    const stdout =
      argv[0] === 'list' ? hosts.map((_, at) => id(at)).join('\n') : JSON.stringify({ hostname: host })
    return { exitCode: 0, stdout, lines: [] }
  }
  const names = { next: () => 'own-x', isOwn: (host: string) => host.startsWith('own-') }
  await removeDeadLocks(run, names, async (name) => running.includes(name))
  return commands.filter((command) => command.startsWith('unlock'))
}

describe('locks of a repository', () => {
  test('all go when their containers are gone', async () => {
    assert.deepEqual(await said(['own-1', 'own-2'], ['own-3']), ['unlock --remove-all'])
  })
  test('stay, but for those that nobody renews, when one may be in use', async () => {
    for (const hosts of [['own-1', 'own-2'], ['own-2', 'other'], ['own-2', undefined], []])
      assert.deepEqual(await said(hosts, ['own-1']), ['unlock'], hosts.join())
  })
  test('tell installations apart, and containers of one', async (t) => {
    const [one, other] = [temporaryFolder(t), temporaryFolder(t)]
    const [first, again, foreign] = await Promise.all([lockNames(one), lockNames(one), lockNames(other)])
    assert.ok(again.isOwn(first.next()))
    assert.ok(!foreign.isOwn(first.next()))
    assert.notEqual(first.next(), first.next())
    assert.ok(first.next().length < 64)
  })
})
