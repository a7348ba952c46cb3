import type { UpdateSettings } from '../app/schema.ts'
import { spawn } from '../engine/spawn.ts'
import type { AgentContext } from './context.ts'

/** Milliseconds. A server that does not answer must not keep the other apps waiting. */
const timeoutMs = 30_000

/** Nothing that asks a person, and no way of fetching that runs what a URL names (git-scm.com, "GIT_ALLOW_PROTOCOL"). */
const gitEnvironment = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
  GIT_ALLOW_PROTOCOL: 'https:ssh:file',
}

/** The commit that a branch ends with; undefined when there is no such branch, or Git does not reach the repository. */
export async function headOf({ repo, branch }: UpdateSettings): Promise<string | undefined> {
  const { exitCode, stdout } = await spawn('git', lsRemote(repo, branch), {
    env: gitEnvironment,
    signal: AbortSignal.timeout(timeoutMs),
  })
  return exitCode === 0 ? /^([0-9a-f]{40,64})\t/.exec(stdout)?.[1] : undefined
}

/** Pure: the argument array, in which neither can be taken for an option. */
export function lsRemote(repo: string, branch: string): string[] {
  return ['ls-remote', '--', repo, `refs/heads/${branch}`]
}

/** Pure: whether a head has not been dealt with, neither by an earlier look nor by whoever deployed by hand. */
export function isNews(
  head: string,
  { seen, live }: { seen: string | undefined; live: string | null },
): boolean {
  return head !== seen && (live === null || !head.startsWith(live))
}

type Ports = Pick<AgentContext, 'store' | 'updateOf' | 'wake'> & { headOf: typeof headOf }

/** Queues an update of an app whose branch has moved: for deliveries that never came, which GitHub does not repeat. */
export async function pollApp(app: string, { store, updateOf, wake, headOf }: Ports): Promise<void> {
  const update = await updateOf(app)
  if (update === undefined) return
  const head = await headOf(update)
  if (head === undefined) return
  const seen = store.branchHead(app)
  const live = store.releases(app).find(({ state }) => state === 'live')?.commit ?? null
  if (head === seen) return
  if (!isNews(head, { seen, live })) return store.keepBranchHead(app, head)
  const askedBy = `poll ${head.slice(0, 12)}`
  const job = { app, kind: 'update', request: { commit: head }, cause: 'poll', askedBy } as const
  store.queueBranchHead(app, { commit: head, job })
  wake()
}
