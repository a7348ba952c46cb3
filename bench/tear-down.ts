import { type ExecaError, execa } from 'execa'
import type { Project } from './project.ts'
import { progress } from './run.ts'

/**
 * Removes what runs of a project with a command of its own, then the project. When the command fails, the
 * project stays, so that it can be repeated. An interruption does not cancel it: it is what an interrupted
 * bench still has to do.
 */
export async function tearDown(
  project: Pick<Project, 'name' | 'directory' | 'remove'>,
  command: { file: string; args: readonly string[]; env: Readonly<Record<string, string>> },
): Promise<void> {
  const { file, args, env } = command
  try {
    await execa(file, args, { cwd: project.directory, env })
    await project.remove()
  } catch (error) {
    const { message, escapedCommand } = error as ExecaError
    const assignments = Object.entries(env).map(([name, value]) => `${name}=${value} `)
    progress(message)
    progress(`left behind: ${project.name}; next: ${assignments.join('')}${escapedCommand}`)
  }
}
