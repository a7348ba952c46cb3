import { join } from 'node:path'
import { execa } from 'execa'

/** Present, pulled, or built from the distribution's packages, as Muelle itself has it. */
export async function haveImage(image: string): Promise<void> {
  const commands = [
    ['docker', 'image', 'inspect', image],
    ['docker', 'pull', '--quiet', image],
    [join(import.meta.dirname, '..', '..', 'images', 'build.sh'), image],
  ] as const
  for (const [program, ...argv] of commands) {
    const { exitCode } = await execa(program, argv, { reject: false })
    if (exitCode === 0) return
  }
  throw new Error(`${image} is not to be had`)
}
