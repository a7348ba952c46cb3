import { randomUUID } from 'node:crypto'
import type { UpdateSettings } from '../app/schema.ts'
import type { ErrorCode } from '../errors/catalogue.ts'
import type { Vault } from '../secrets/vault.ts'
import type { AppRecord } from '../store/apps.ts'
import type { Store } from '../store/store.ts'
import type { Notice } from './notice.ts'
import { post } from './post.ts'

/** Tells GitHub what became of a commit, where the app has a token for it. Nothing here ever fails. */
export interface CommitStatuses {
  /** Says at once that it is being deployed, or not at all. */
  begin(app: AppRecord, commit: Commit): Promise<void>
  /** Puts how that ended on its way, as a notice that is kept until it was delivered. */
  end(app: AppRecord, commit: Commit, ended: Ended): Promise<void>
}

export interface Commit {
  repo: UpdateSettings['repo']
  /** In full. */
  commit: string
}

/** The release that is live with it, or why there is none. */
export type Ended = { release: number } | { code: ErrorCode; isTakenBack: boolean }

/** A fine-grained token that may write commit statuses of the one repository, among the secrets of the app. */
export const statusTokenName = 'GITHUB_TOKEN'

/** What is asked where nothing else is set. */
export const usualApi = 'https://api.github.com'

interface Options {
  store: Pick<Store, 'addNotification'>
  vault: Pick<Vault, 'read'>
  host: string
  /** Of GitHub: `usualApi`, or that of a server of one's own. */
  api: string
  now: () => number
}

/** A deployment waits no longer for it, in milliseconds. */
const patienceMs = 3000

export function createCommitStatuses({ store, vault, host, api, now }: Options): CommitStatuses {
  const prepare = async (app: AppRecord, { repo, commit }: Commit) => {
    const repository = repositoryOf(repo, api)
    const token = (await vault.read(app.name)).get(statusTokenName)?.value.reveal()
    return repository === undefined || token === undefined
      ? undefined
      : { target: `${repository}@${commit}`, token }
  }
  const begin: CommitStatuses['begin'] = async (app, commit) => {
    const prepared = await prepare(app, commit)
    if (prepared === undefined) return
    const status = { state: 'pending', description: 'Being deployed', context: contextOf(app.name) }
    await postStatus(prepared, status, { api, signal: AbortSignal.timeout(patienceMs) })
  }
  const end: CommitStatuses['end'] = async (app, commit, ended) => {
    const prepared = await prepare(app, commit)
    if (prepared === undefined) return
    const { name, environment } = app
    const at = now()
    const notice: Notice = {
      kind: 'release' in ended ? 'deployed' : ended.isTakenBack ? 'rolled-back' : 'failed',
      ...{ app: name, environment, host, at: new Date(at).toISOString(), commit: commit.commit },
      ...('release' in ended ? { release: ended.release } : { code: ended.code }),
    }
    const { target } = prepared
    const row = { id: randomUUID(), app: name, channel: 'github', target, notice, createdAt: at } as const
    store.addNotification(row, `${notice.kind}:${at}`, 0)
  }
  return {
    begin: (...asked) => begin(...asked).catch(() => undefined),
    end: (...asked) => end(...asked).catch(() => undefined),
  }
}

interface Status {
  state: string
  description: string
  context: string
}

/** One attempt. @throws Error */
export async function postStatus(
  { target, token }: { target: string; token: string },
  status: Status,
  { api, signal }: { api: string; signal: AbortSignal },
): Promise<void> {
  const [repository = '', commit = ''] = target.split('@')
  await post(`${api}/repos/${repository}/statuses/${commit}`, {
    body: JSON.stringify(status),
    headers: {
      Accept: 'application/vnd.github+json',
      Authorization: `Bearer ${token}`,
      'X-GitHub-Api-Version': '2022-11-28',
    },
    // Whoever runs the machine has named it.
    allowed: new Set([new URL(api).hostname]),
    signal,
  })
}

/** Pure: a notice as a status. Anybody may see that of a public repository, so it has the code and no message. */
export function statusOf({ kind, app, release, code }: Notice): Status {
  const context = contextOf(app)
  if (kind === 'deployed') return { state: 'success', description: `Release ${release} is live`, context }
  const what = kind === 'rolled-back' ? 'Taken back' : 'Not deployed'
  return { state: 'failure', description: `${what}: ${code}`, context }
}

/** One for each app and environment, so that they do not hide each other. */
function contextOf(app: string): string {
  return `muelle/${app}`
}

/** Pure: `OWNER/NAME` of an address; undefined when the API knows nothing of it. */
export function repositoryOf(repo: string, api: string): string | undefined {
  const [, host, path] =
    /^(?:https:\/\/|ssh:\/\/(?:[^@/]+@)?|[^@/]+@)([\w.-]+)(?::\d+(?=\/))?[:/](.+)$/.exec(repo) ?? []
  if (host === undefined || (api === usualApi && host !== 'github.com')) return undefined
  return /^([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(path ?? '')?.[1]
}
