import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..', '..', 'docs', 'guides')

/** The files that a guide has its readers make, by their paths: what is written there is what a test runs. */
export async function filesOfGuide(name: string): Promise<Record<string, string>> {
  const text = await readFile(join(folder, name), 'utf8')
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  return Object.fromEntries(
    blocks.flatMap((block) => {
      const path = /^(?:#!.*\n)?# (\/\S+)\n/.exec(block)?.[1]
      return path === undefined ? [] : [[path, block]]
    }),
  )
}
