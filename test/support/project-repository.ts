import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Cleanup } from './host.ts'
import type { ComposeDraft, Project } from './project.ts'

/** A bare Git repository on disk, with the project's folder as a working copy of it. */
export interface TrackedProject {
  path: string
  git(...argv: string[]): Promise<string>
  /** Commits what a version looks like and pushes it. @returns the commit */
  push(version: string, change?: (file: ComposeDraft) => void): Promise<string>
}

export async function trackProject(
  t: Cleanup,
  project: Pick<Project, 'directory' | 'write'>,
): Promise<TrackedProject> {
  const path = await mkdtemp(join(tmpdir(), 'muelle-repository-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  const git = async (...argv: string[]): Promise<string> => {
    const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'init.defaultBranch=main']
    return (await execa('git', ['-C', project.directory, ...who, ...argv])).stdout
  }
  await git('init', '--quiet', '--bare', path)
  await git('init', '--quiet')
  await git('remote', 'add', 'origin', path)
  await writeFile(join(project.directory, '.dockerignore'), '.git\n')
  return {
    path,
    git,
    push: async (version, change) => {
      await project.write(version, (file) => {
        file['x-muelle'] = { ...file['x-muelle'], update: { repo: path, branch: 'main' } }
        change?.(file)
      })
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '--message', version)
      await git('push', '--quiet', 'origin', 'HEAD:main')
      return git('rev-parse', 'HEAD')
    },
  }
}
