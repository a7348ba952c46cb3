import { databaseKinds } from '../databases/all.ts'
import type { Server } from '../databases/kind.ts'
import type { ServerDump } from '../manifest.ts'
import { cannotTake, refusal } from '../versions.ts'

/** @throws MuelleError RESTORE_FAILED for a server of an earlier version than that of the dump */
export async function refuseEarlier(server: Server, dump: ServerDump): Promise<void> {
  const why = cannotTake(dump, await databaseKinds[dump.kind].version(server))
  if (why !== undefined) throw refusal(server.service, why)
}
