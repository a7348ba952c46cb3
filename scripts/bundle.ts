import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import packageFile from '../package.json' with { type: 'json' }
import { root } from '../src/root.ts'

/**
 * Writes what `./muelle` runs: node scripts/bundle.ts
 *
 * A command has 500 modules, and to find and read each of them takes longer than to run them: a bundle starts in half
 * the time. Its parts are named after their content and stay for a while, so that a command that is under way finds
 * its own ones when the sources have changed meanwhile.
 */

/** Packages that most commands need. The others are loaded, from node_modules, only by what uses them. */
const bundled = ['commander', 'croner', 'yaml', 'zod']

const folder = join(root, 'dist')
/** Milliseconds for which parts stay that belong to no bundle any more; longer than a command runs. */
const keptMs = 7 * 24 * 3600_000

const began = new Date()
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outdir: folder,
  bundle: true,
  splitting: true,
  write: false,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  external: Object.keys(packageFile.dependencies).filter((name) => !bundled.includes(name)),
  // The same code as an ES module: what is imported late from a CommonJS one has no names.
  alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
  // For Commander, which is one.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
})

const main = join(folder, 'main.js')
await mkdir(folder, { recursive: true })
for (const { path, contents } of outputFiles)
  if (path !== main && !existsSync(path)) await writeWhole(path, contents)
for (const { path, contents } of outputFiles) if (path === main) await writeWhole(path, contents)
// What was written to the sources while it was made is newer.
await utimes(main, began, began)
await removeOld(new Set(outputFiles.map(({ path }) => basename(path))))

async function writeWhole(path: string, contents: Uint8Array): Promise<void> {
  await writeFile(`${path}.new`, contents)
  await rename(`${path}.new`, path)
}

async function removeOld(current: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (!current.has(name) && Date.now() - (await stat(path)).mtimeMs > keptMs)
      await rm(path, { recursive: true })
  }
}
