import type { App } from '../app/app.ts'
import type { WrittenFile } from '../app/written.ts'
import type { Facts } from '../check/facts.ts'
import { readBuilds } from './builds.ts'
import { readEnvFiles } from './env-files.ts'
import { readProxyFiles } from './proxy-files.ts'

/**
 * What the project's files tell. It is read before every deployment, so it asks nobody who takes long: not the engine,
 * and Git only when there is a file that it could track.
 */
export async function readFileFacts(
  project: { app: App; environment: string; written: readonly WrittenFile[] },
  today: Date,
): Promise<Facts> {
  const { app, environment, written } = project
  const [envFiles, builds, proxyFiles] = await Promise.all([
    readEnvFiles(app, environment, written),
    readBuilds(app),
    readProxyFiles(app),
  ])
  const day = today.toISOString().slice(0, 10)
  return { app, today: day, written, envFiles, builds, images: {}, proxyFiles, django: undefined }
}
