import { backupRules } from './compose/backups.ts'
import { celeryRules } from './compose/celery.ts'
import { dataRules } from './compose/data.ts'
import { exposureRules } from './compose/exposure.ts'
import { hardeningRules } from './compose/hardening.ts'
import { healthRules } from './compose/health.ts'
import { imageRules } from './compose/images.ts'
import { lifetimeRules } from './compose/lifetime.ts'
import { passwordRules } from './compose/passwords.ts'
import { redisRules } from './compose/redis.ts'
import { secretRules } from './compose/secrets.ts'
import { djangoAppRules } from './django/app.ts'
import { databaseRules } from './django/databases.ts'
import { djangoSettingRules } from './django/settings.ts'
import { imageSecretRules } from './image/secrets.ts'
import { imageVersionRules } from './image/versions.ts'
import { behindGatewayRules } from './nginx/behind-gateway.ts'
import { nginxRules } from './nginx/rules.ts'
import type { Rule } from './rule.ts'

/** By what they look at; docs/reference/checks.md has them in this order. */
export const ruleGroups: readonly { title: string; rules: readonly Rule[] }[] = [
  {
    title: 'The Compose file',
    rules: [
      ...exposureRules,
      ...passwordRules,
      ...secretRules,
      ...dataRules,
      ...backupRules,
      ...imageRules,
      ...healthRules,
      ...lifetimeRules,
      ...redisRules,
      ...celeryRules,
      ...hardeningRules,
    ],
  },
  { title: 'Files of variables, and what is built', rules: [...imageSecretRules, ...imageVersionRules] },
  { title: 'Django', rules: [...djangoSettingRules, ...djangoAppRules, ...databaseRules] },
  { title: 'nginx of your own', rules: [...behindGatewayRules, ...nginxRules] },
]

export const rules: readonly Rule[] = ruleGroups.flatMap((group) => group.rules)
