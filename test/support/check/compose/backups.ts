import type { Sides } from '../fixture.ts'
import { db, web } from './lines.ts'

export const backupFixtures: Readonly<Record<string, Sides>> = {
  'backup-unsupported': {
    fails: { compose: `${web}  db:\n    image: mongo:8\n` },
    at: 'db, compose.yaml:5',
    passes: [{ compose: db }, { compose: `${web}  cache:\n    image: memcached\n` }],
  },
  'backup-left-out': {
    fails: { compose: `${db}  queue:\n    image: rabbitmq:4\nvolumes: {data: }\n` },
    at: 'queue, compose.yaml:8',
    passes: [{ compose: db }, { compose: `${web}  cache:\n    image: memcached\n` }],
  },
  'backup-none': {
    fails: { compose: `${web}    volumes: ["media:/media"]\nvolumes: {media: }\n` },
    at: 'compose.yaml:6',
    passes: [
      { compose: web },
      { compose: `${web}    volumes: ["media:/media"]\nvolumes: {media: }\nx-muelle: {backups: {}}\n` },
    ],
  },
}
