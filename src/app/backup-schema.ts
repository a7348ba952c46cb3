import { z } from 'zod'
import { duration } from './gateway-schema.ts'
import { readRepositoryAddress, repositoryForms } from './repository-address.ts'
import { scheduleSchema, scheduleWords } from './schedule-schema.ts'

const repository = z
  .string()
  .regex(/^(?:\/|(?:s3|rest|sftp):)\S+$/, { abort: true, error: `write ${repositoryForms}` })
  .superRefine((text, context) => {
    const read = readRepositoryAddress(text)
    if (typeof read === 'string') context.addIssue({ code: 'custom', message: read })
  })

const count = (usual: number) => z.int().min(0).max(10_000).default(usual)

export const backupsSchema = z
  .strictObject({
    to: repository.optional(),
    schedule: scheduleSchema.optional(),
    drill: scheduleSchema.optional(),
    keep: z
      .strictObject({
        last: z.int().min(1).max(10_000).default(3),
        daily: count(7),
        weekly: count(4),
        monthly: count(6),
      })
      .prefault({}),
    include: z.array(z.string().min(1)).optional(),
    exclude: z.array(z.string().min(1)).default([]),
    point_in_time: z.int().min(1).max(90).optional(),
    limit: z.int().min(1).max(1_000_000).optional(),
    reuse: duration.prefault('0s'),
    rehearse: z.boolean().default(false),
    max_lock: duration.prefault('5s'),
  })
  .optional()
  .describe(
    'Where restore points go, and how long. `to`: a restic repository, as an absolute folder, `s3:https://HOST/BUCKET`, `rest:https://HOST/PATH` or `sftp:USER@HOST:/PATH`; the keys of S3 are the secrets `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of the app, those of a REST server `RESTIC_REST_USERNAME` and `RESTIC_REST_PASSWORD`, and an SFTP server lets the key in that `muelle backup ssh-key` prints. Without it they go to a folder of the same machine, which is no protection against its loss. `keep`: how many proven restore points stay, the last ones and one for each day, week and month; the newest proven one always stays. `include`: Redis services that are more than a cache; one that writes into a volume on `/data`, by `--appendonly yes` or `--save`, is backed up anyway. `exclude`: volumes and folders, as the file calls them, that can be made again. `point_in_time`: so many days back a PostgreSQL server can be taken to any moment. `limit`: KiB a second that an upload may take. With this block, every deployment that has release commands makes a restore point before them. `reuse`: a proven restore point that is no older than this is enough for that. `rehearse`: the release commands run on a copy of the data first, restored from that restore point, and what fails there never reaches the data. `max_lock`: how long they may keep a table locked in the rehearsal; a migration that does so for longer is not deployed. ' +
      `\`schedule\`: when the agent makes one, and \`drill\`: when it reads every byte of the repository and proves the newest again, each as ${scheduleWords}`,
  )
