import { backupFixtures } from './compose/backups.ts'
import { celeryFixtures } from './compose/celery.ts'
import { dataFixtures } from './compose/data.ts'
import { exposureFixtures } from './compose/exposure.ts'
import { hardeningFixtures } from './compose/hardening.ts'
import { healthFixtures } from './compose/health.ts'
import { imageFixtures } from './compose/images.ts'
import { lifetimeFixtures } from './compose/lifetime.ts'
import { redisFixtures } from './compose/redis.ts'
import { secretFixtures } from './compose/secrets.ts'
import type { Sides } from './fixture.ts'

/** Of every rule on the Compose file; those of a group are in a file of its name. */
export const composeFixtures: Readonly<Record<string, Sides>> = {
  ...exposureFixtures,
  ...secretFixtures,
  ...dataFixtures,
  ...backupFixtures,
  ...imageFixtures,
  ...healthFixtures,
  ...lifetimeFixtures,
  ...redisFixtures,
  ...celeryFixtures,
  ...hardeningFixtures,
}
