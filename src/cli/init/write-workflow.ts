import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { instanceName, production } from '../../app/environment.ts'
import { updateSchema } from '../../app/update-schema.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type WorkflowKind, workflow, workflowPath } from '../../init/files/workflow.ts'
import type { Io, Output } from '../command.ts'
import { writeFiles } from '../write-files.ts'

interface Wanted {
  directory: string
  kind: string
  files: readonly string[]
  mayReplace: boolean
}

/** Writes the workflow for the app of a folder. @throws MuelleError USAGE, COMPOSE_FILE_MISSING or PROJECT_UNKNOWN */
export async function writeWorkflow({ directory, kind, files, mayReplace }: Wanted, io: Io): Promise<Output> {
  if (!isKind(kind)) {
    throw new MuelleError('USAGE', `${kind} is neither github nor github-webhook.`, {
      hint: 'Say:  muelle init --ci github',
    })
  }
  const target = join(directory, workflowPath)
  const isThere = existsSync(target)
  if (isThere && !mayReplace) {
    throw new MuelleError('PROJECT_UNKNOWN', `${target} is there already.`, {
      hint: `Replace it:  muelle init --ci ${kind} --overwrite`,
    })
  }
  const text = workflow(kind, await readTarget(directory, files, io))
  await mkdir(dirname(target), { recursive: true })
  await writeFiles(directory, [{ path: workflowPath, text, replaces: isThere }], io.signal)
  return {
    data: { files: [workflowPath] },
    text: `Wrote ${workflowPath}. What it needs on GitHub and on the server is at its top.`,
  }
}

function isKind(kind: string): kind is WorkflowKind {
  return kind === 'github' || kind === 'github-webhook'
}

/** As its author wrote it: Compose need not be on this machine. */
async function readTarget(directory: string, files: readonly string[], io: Io) {
  const compose = await io.compose()
  const written = await compose.written({ directory, files, environment: production })
  const contents = written.map(
    ({ content }) => content as { name?: unknown; 'x-muelle'?: { update?: unknown } },
  )
  const named = contents.map(({ name }) => name).findLast((name) => typeof name === 'string')
  const update = contents
    .map((content) => content['x-muelle']?.update)
    .findLast((block) => block !== undefined)
  const branch = updateSchema.safeParse(update).data?.branch ?? 'main'
  return { app: instanceName(named ?? projectName(basename(directory)), production), branch }
}

/** As Compose makes it of a folder (compose-spec, "Name top-level element"). */
function projectName(folder: string): string {
  return folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
}
