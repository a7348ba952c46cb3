import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What a project does not consist of: others wrote it, or programs do while they run. */
const foreign =
  /^(?:node_modules|\.git|\.hg|\.svn|\.venv|venv|__pycache__|\.tox|\.mypy_cache|\.pytest_cache)$/

/** Files that are looked at; in a folder with more of them, those that come later are taken for unchanged. */
const most = 50_000

/** Whether something in a project was written, made or removed after a moment. */
export async function changedSince(directory: string, moment: Date): Promise<boolean> {
  let left = most
  const isLater = async (path: string): Promise<boolean> =>
    ((await stat(path).catch(() => undefined))?.mtime ?? moment) > moment
  const look = async (folder: string): Promise<boolean> => {
    if (await isLater(folder)) return true
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (foreign.test(entry.name) || left-- <= 0) continue
      const path = join(folder, entry.name)
      if (await (entry.isDirectory() ? look(path) : isLater(path))) return true
    }
    return false
  }
  return look(directory)
}
