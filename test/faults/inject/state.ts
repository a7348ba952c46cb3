import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from '../world.ts'
import { type Fault, fails, works } from './fault.ts'

const database = ({ host }: World): string => join(host.env['MUELLE_HOME'] ?? '', 'muelle.db')

/** Another program that writes to the database, from `begin` to `end`. */
function otherWriter() {
  let connection: DatabaseSync | undefined
  return {
    begin: async (world: World): Promise<void> => {
      connection = new DatabaseSync(database(world))
      connection.exec('PRAGMA busy_timeout = 5000; BEGIN EXCLUSIVE')
    },
    end: async (): Promise<void> => {
      connection?.exec('ROLLBACK')
      connection?.close()
    },
  }
}
const other = otherWriter()

/** Muelle's own database is hit. */
export const ofState: readonly Fault[] = [
  {
    name: "Muelle's database was lost",
    before: async (world) => {
      for (const end of ['', '-wal', '-shm']) await rm(`${database(world)}${end}`, { force: true })
    },
    expected: works,
  },
  {
    name: "Muelle's database is locked for a moment",
    during: {
      after: /Record/,
      act: async (world) => {
        await other.begin(world)
        await sleep(3000)
        await other.end()
      },
    },
    expected: works,
  },
  {
    name: "Muelle's database is locked from the start",
    before: other.begin,
    expected: fails(47),
    after: other.end,
  },
  {
    name: "Muelle's database is locked for long",
    during: { after: /Record/, act: other.begin },
    expected: fails(47),
    after: other.end,
    outlasts: true,
  },
  { name: 'the disk is nearly full', env: { MUELLE_MIN_FREE_MB: '900000000' }, expected: fails(23) },
]
