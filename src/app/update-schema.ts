import { z } from 'zod'

/**
 * Where Git fetches from: https, SSH in both spellings, or a folder of this machine. Without a password in it, which
 * would be in the Compose file, and nothing that Git could take for an option or a shell for more than one word.
 */
const repository = z
  .string()
  .regex(
    /^(?:https:\/\/\w[\w.-]*(?::\d+)?\/[\w./~+-]+|ssh:\/\/(?:\w[\w.-]*@)?\w[\w.-]*(?::\d+)?\/[\w./~+-]+|\w[\w.-]*@\w[\w.-]*:[\w./~+-]+|\/[\w./+-]+)$/,
    'write https://HOST/OWNER/NAME.git, git@HOST:OWNER/NAME.git, ssh://USER@HOST:PORT/PATH or an absolute folder, without a password',
  )

/** A part of what Git allows (git-scm.com/docs/git-check-ref-format), and all that people use. */
const branch = z
  .string()
  .max(200)
  .regex(
    /^(?!.*(?:\.\.|\/\/|\/\.|\.\/|\.lock(?:\/|$)))[\w][\w./+@#=,-]*(?<![./])$/,
    'write the name of a branch such as main or release/2.x',
  )

export const updateSchema = z
  .strictObject({
    repo: repository,
    branch: branch.default('main'),
    paths: z.array(z.string().min(1)).min(1).optional(),
  })
  .optional()
  .describe(
    'Where `muelle update` finds new commits. `repo`: a Git repository, by https, by SSH or as a folder; a private one by https needs the secret `GIT_TOKEN` of the app, one by SSH the deploy key that `muelle source key` prints. `branch`: the branch that is deployed. `paths`: patterns such as `backend/**`; a push that changes none of these files is not deployed.',
  )
