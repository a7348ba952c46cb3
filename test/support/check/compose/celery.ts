import type { Sides } from '../fixture.ts'
import { web } from './lines.ts'

export const celeryFixtures: Readonly<Record<string, Sides>> = {
  'celery-beat-twice': {
    fails: {
      compose: `${web}  beat:\n    build: .\n    command: celery -A shop beat\n    x-muelle: {role: worker}\n`,
    },
    at: 'beat, compose.yaml:5',
    passes: [
      // A singleton is never started twice, whatever the file says.
      {
        compose: `${web}  beat:\n    build: .\n    command: celery -A shop beat\n    deploy: {replicas: 2}\n`,
      },
      { compose: `${web}  worker:\n    build: .\n    command: celery -A shop worker\n` },
    ],
  },
  'celery-flower-public': {
    fails: { compose: `  flower:\n    image: mher/flower:2.0\n    ports: ["5555:5555"]\n` },
    at: 'flower, compose.yaml:2',
    passes: [
      {
        compose: `  flower:\n    image: mher/flower:2.0\n    ports: ["5555:5555"]\n    environment: {FLOWER_BASIC_AUTH: "\${AUTH:-a:b}"}\n`,
      },
      // Behind another web service nobody reaches it: released services publish nothing.
      { compose: `${web}  flower:\n    image: mher/flower:2.0\n    ports: ["9555:5555"]\n` },
    ],
  },
}
