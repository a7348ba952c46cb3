import { appendFile, readFile } from 'node:fs/promises'
import { MuelleError } from '../../errors/muelle-error.ts'

/**
 * Where this installation has seen a repository. One that is not there any more is not made anew: its disk may just not be
 * mounted, and then backups would go on beside it, on the disk of the machine.
 * @param file a line for each; whoever means to begin anew removes it
 */
export function knownRepositories(file: string): {
  remember(location: string): Promise<void>
  refuseNew(location: string): Promise<void>
} {
  const read = async (): Promise<string[]> => (await readFile(file, 'utf8').catch(() => '')).split('\n')
  return {
    remember: async (location) => {
      if (!(await read()).includes(location)) await appendFile(file, `${location}\n`, { mode: 0o600 })
    },
    refuseNew: async (location) => {
      if (!(await read()).includes(location)) return
      throw new MuelleError('REPOSITORY_UNUSABLE', `The repository ${location} is not there any more.`, {
        hint: `Mount its disk, and run the same command again. To begin a new one in the same place, remove ${file}`,
      })
    },
  }
}
