import type { UpdateSettings } from '../app/schema.ts'
import type { AgentContext } from './context.ts'

/** The commit that a branch ends with. @throws MuelleError of a repository that cannot be read */
export type HeadOf = (settings: UpdateSettings) => Promise<string>

/** Pure: whether a head has not been dealt with, neither by an earlier look nor by whoever deployed by hand. */
export function isNews(
  head: string,
  { seen, live }: { seen: string | undefined; live: string | null },
): boolean {
  return head !== seen && (live === null || !head.startsWith(live))
}

type Ports = Pick<AgentContext, 'store' | 'updateOf' | 'wake'> & { headOf: HeadOf }

/** Queues an update of an app whose branch has moved: for deliveries that never came, which GitHub does not repeat. */
export async function pollApp(app: string, { store, updateOf, wake, headOf }: Ports): Promise<void> {
  const update = await updateOf(app)
  if (update === undefined) return
  const head = await headOf(update)
  const seen = store.branchHead(app)
  const live = store.releases(app).find(({ state }) => state === 'live')?.commit ?? null
  if (head === seen) return
  if (!isNews(head, { seen, live })) return store.keepBranchHead(app, head)
  const askedBy = `poll ${head.slice(0, 12)}`
  const job = { app, kind: 'update', request: { commit: head }, cause: 'poll', askedBy } as const
  store.queueBranchHead(app, { commit: head, job })
  wake()
}
