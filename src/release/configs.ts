import { join } from 'node:path'
import type { ComposeFile } from '../app/compose.ts'

/**
 * The file with its inline configs as files in a folder, and the texts to write there, by path. Compose copies inline
 * ones into a container when Compose itself starts it; a mount is there however it is started.
 */
export function configsAsFiles(
  file: ComposeFile,
  folder: string,
): { file: ComposeFile; texts: [string, string][] } {
  const inline = Object.entries(file.configs ?? {}).flatMap(([name, { content, ...rest }]) =>
    content === undefined ? [] : [{ name, rest, path: join(folder, name), content }],
  )
  if (inline.length === 0) return { file, texts: [] }
  const configs = inline.map(({ name, rest, path }) => [name, { ...rest, file: path }] as const)
  return {
    file: { ...file, configs: { ...file.configs, ...Object.fromEntries(configs) } },
    // As Compose prints it, a dollar is doubled.
    texts: inline.map(({ path, content }) => [path, content.replaceAll('$$', '$')]),
  }
}
