import type { Sides } from '../fixture.ts'
import { db, web } from './lines.ts'

export const hardeningFixtures: Readonly<Record<string, Sides>> = {
  'compose-privileges-gainable': {
    fails: { compose: web },
    at: 'web, compose.yaml:2',
    passes: [{ compose: `${web}    security_opt: ["no-new-privileges:true"]\n` }],
  },
  'compose-capabilities-kept': {
    fails: { compose: web },
    at: 'web, compose.yaml:2',
    passes: [{ compose: `${db}`.replace('8000"]\n', '8000"]\n    cap_drop: [ALL]\n') }],
  },
  'compose-memory-unlimited': {
    fails: { compose: web },
    at: 'web, compose.yaml:2',
    passes: [
      { compose: `${web}    mem_limit: 512m\n` },
      { compose: `${web}    deploy: {resources: {limits: {memory: 512M}}}\n` },
    ],
  },
  'compose-logs-unbounded': {
    fails: { compose: `${web}    logging: {driver: json-file}\n` },
    at: 'web, compose.yaml:2',
    passes: [
      { compose: `${web}    logging: {driver: json-file, options: {max-size: 10m}}\n` },
      { compose: `${web}    logging: {driver: journald}\n` },
    ],
  },
  'compose-root-writable': {
    fails: { compose: web },
    at: 'web, compose.yaml:2',
    passes: [{ compose: `${web}    read_only: true\n` }],
  },
  'compose-processes-unlimited': {
    fails: { compose: web },
    at: 'web, compose.yaml:2',
    passes: [{ compose: `${web}    pids_limit: 200\n` }],
  },
}
