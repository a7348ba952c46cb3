import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import type { Cleanup } from './host.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A bare Git repository on disk, and somebody's clone of it. */
export interface Repository {
  /** The bare one. */
  path: string
  /** The clone. */
  clone: string
  /** Commits files on top of what is there, and pushes. @returns the commit */
  push(files: Record<string, string>, options?: { branch?: string; message?: string }): Promise<string>
  /** Commits all that is in the clone, and pushes. @returns the commit */
  pushAll(message: string): Promise<string>
  git(...argv: string[]): Promise<string>
}

export async function createRepository(t: Cleanup): Promise<Repository> {
  const folder = temporaryFolder(t)
  const [path, clone] = [join(folder, 'shop.git'), join(folder, 'shop')]
  await execa('git', ['init', '--quiet', '--bare', '--initial-branch=main', path])
  await execa('git', ['clone', '--quiet', path, clone], { stderr: 'ignore' })
  const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
  const git: Repository['git'] = async (...argv) =>
    (await execa('git', ['-C', clone, ...author, ...argv])).stdout
  await git('checkout', '--quiet', '-B', 'main')
  const commit = async (message: string, branch: string): Promise<string> => {
    await git('add', '--all')
    await git('commit', '--quiet', '--allow-empty', '-m', message)
    await git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`)
    return git('rev-parse', 'HEAD')
  }
  return {
    path,
    clone,
    git,
    push: async (files, { branch = 'main', message = 'A change' } = {}) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(clone, name)), { recursive: true })
        await rm(join(clone, name), { force: true })
        await writeFile(join(clone, name), text)
      }
      return commit(message, branch)
    },
    pushAll: (message) => commit(message, 'main'),
  }
}
