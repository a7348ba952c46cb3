import { contentsOf } from '../contents.ts'
import { databaseKinds } from '../databases/all.ts'
import { type OwnContext, ownServer } from '../server.ts'
import { removeClients } from './client.ts'

/**
 * What would stop a restore is told before anything of the app is stopped for it.
 * @throws MuelleError DATABASE_UNUSABLE
 */
export async function refuseRestore(context: OwnContext): Promise<void> {
  const { databases } = contentsOf(context.app)
  try {
    for (const { service, kind } of databases) {
      const { refuseRestore: refuse } = databaseKinds[kind]
      if (refuse !== undefined) await refuse(await ownServer(service, undefined, context))
    }
  } finally {
    await removeClients(context)
  }
}
