import { setTimeout as sleep } from 'node:timers/promises'
import { docker } from '../../support/host.ts'
import type { ComposeDraft } from '../../support/project.ts'
import type { World } from '../world.ts'
import { change, type Fault, fails, settings, works } from './fault.ts'

const pause = async ({ project }: World) => void (await docker('pause', `${project.name}-db-1`))
const resume = async ({ project }: World) => void (await docker('unpause', `${project.name}-db-1`))

const ask =
  "import socket; db = socket.create_connection(('db', 6379)); db.settimeout(2); db.sendall(b'PING\\r\\n'); db.recv(5)"

/** The release asks its database in its release command, and for its health. */
const needsDatabase = (file: ComposeDraft): void => {
  change(file, 'web', { environment: { NEEDS: 'db' } })
  settings(file, { deploy_timeout: '5s', release: [['python', '-c', ask]] })
}

/** The database takes connections and answers nothing. */
export const ofDatabase: readonly Fault[] = [
  {
    name: 'the database stands still',
    change: needsDatabase,
    before: pause,
    expected: fails(30),
    after: resume,
  },
  {
    name: 'the database stands still while release commands run',
    change: needsDatabase,
    during: { after: /running and healthy/, act: pause },
    expected: fails(32),
    after: resume,
  },
  {
    name: 'the database stands still while the release gets ready',
    change: needsDatabase,
    during: { after: /Run python/, act: pause },
    expected: fails(35),
    after: resume,
  },
  {
    name: 'the database stands still for a moment',
    change: needsDatabase,
    during: {
      after: /Run python/,
      act: async (world) => {
        await pause(world)
        await sleep(2000)
        await resume(world)
      },
    },
    expected: works,
  },
]
