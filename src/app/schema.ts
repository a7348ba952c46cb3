import { z } from 'zod'
import { backupsSchema } from './backup-schema.ts'
import { duration, headersSchema, pathsSchema, tlsSchema, urlPath } from './gateway-schema.ts'
import { notifySchema } from './notify-schema.ts'
import { scheduleSchema, scheduleWords } from './schedule-schema.ts'
import { updateSchema } from './update-schema.ts'

/**
 * The `x-muelle` blocks of a Compose file. These schemas are the only source of the types,
 * of the published JSON Schema and of docs/reference/x-muelle.md.
 */

const command = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

export const domain = z
  .string()
  .regex(/^(?!-)[a-z0-9-]+(?:\.[a-z0-9-]+)*$/, 'write a host name in lower case, without scheme or port')

export const appSchema = z.strictObject({
  domains: z
    .array(domain)
    .default([])
    .describe(
      'Host names that the app answers to. With domains the app is served on the ports 80 and 443; without, over http on the port that its web service publishes.',
    ),
  tls: tlsSchema,
  release: z
    .array(command)
    .default([])
    .describe(
      'Commands that run once, in order, in the new image before any of its containers starts, such as database migrations.',
    ),
  static: z
    .record(urlPath.regex(/\/$/, 'end the URL path with a slash'), z.string().min(1))
    .default({})
    .describe(
      'URL paths that the gateway serves itself, each with the volume (or the bind-mounted folder) that holds the files.',
    ),
  headers: headersSchema,
  paths: pathsSchema,
  test: z
    .array(command)
    .default([])
    .describe(
      'Commands that run in the new image before anything is touched, with empty databases, caches and brokers of their own that nobody else reaches, such as a test suite. When one fails, nothing is deployed.',
    ),
  smoke: z
    .array(urlPath)
    .default([])
    .describe(
      'URL paths that have to answer below 400, through the gateway, from the new release: before any visitor reaches it, and again when it has all of them.',
    ),
  strategy: z
    .enum(['blue-green', 'rolling', 'canary'])
    .default('blue-green')
    .describe(
      'How traffic moves to a new release. `blue-green`: all replicas start beside the old ones, then one switch; the old release stays warm for an instant way back. `rolling`: replica by replica, within the memory of one release and a replica. `canary`: a share of the visitors first, judged on their errors and on probes.',
    ),
  canary: z
    .strictObject({
      steps: z
        .array(z.int().min(1).max(99))
        .min(1)
        .default([10, 50])
        .describe('Percent of the visitors, in ascending order; all of them come after the last.'),
      minimum: duration.prefault('2m').describe('No step ends before.'),
      maximum: duration
        .prefault('10m')
        .describe('A step that is not decided by then follows `on_too_little`.'),
      on_too_little: z
        .enum(['promote-if-probes-pass', 'pause'])
        .default('pause')
        .describe(
          'What happens when there were too few visitors to decide: go on when every probe passed, or wait for `muelle canary promote`; Ctrl-C takes the canary back.',
        ),
    })
    .prefault({})
    .describe('How a canary is judged.'),
  watch: duration
    .prefault('0s')
    .describe(
      'How long a release is watched after it got the traffic. When it stops answering or fails more requests than the one before, the traffic goes back.',
    ),
  deploy_timeout: duration
    .prefault('60s')
    .describe('How long a new release may take until every replica answers.'),
  drain_timeout: duration
    .prefault('30s')
    .describe(
      'How long requests that are under way may take before the release that serves them is removed.',
    ),
  backups: backupsSchema,
  update: updateSchema,
  notify: notifySchema,
  on_failure: z
    .enum(['keep-data', 'restore'])
    .default('keep-data')
    .describe(
      'What becomes of the data when a deployment fails after its release commands began. `keep-data`: nothing; the release before goes on with what they left. `restore`: the app shows its maintenance page, the restore point from before the release commands is put in place, and what was written since is kept aside until `muelle backup confirm`. Needs `backups`.',
    ),
  keep_releases: z
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe('How many releases keep their image and rendered file, so that `rollback` can return to them.'),
})

export const serviceSchema = z.strictObject({
  role: z
    .enum(['web', 'internal', 'worker', 'singleton', 'backing', 'job', 'replaced'])
    .optional()
    .describe('Overrides the role that Muelle recognises.'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('The port inside the container that answers HTTP. Makes the service the `web` one.'),
  health: urlPath
    .optional()
    .describe(
      'A path that answers 2xx when the service can take traffic. Without it any answer below 500 on `/` counts.',
    ),
  schedule: scheduleSchema
    .optional()
    .describe(`When the agent runs the service, once and to its end, in the live release: ${scheduleWords}`),
})

export type AppSettings = z.infer<typeof appSchema>
export type ServiceSettings = z.infer<typeof serviceSchema>
export type BackupSettings = NonNullable<AppSettings['backups']>
export type NotifySettings = AppSettings['notify']
export type UpdateSettings = NonNullable<AppSettings['update']>
export type Tls = AppSettings['tls']
export type Role = NonNullable<ServiceSettings['role']>
export type Command = z.infer<typeof command>
