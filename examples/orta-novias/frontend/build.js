/**
 * Builds dist/ from index.html and src/. Every file of src gets a name that changes with its content, so that browsers
 * may keep it for a year. Needs Node and nothing else.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
mkdirSync('dist/assets', { recursive: true })

const built = new Map()

/** Builds a file of src after those that it imports, and returns its new name. */
function build(name) {
  if (built.has(name)) return built.get(name)
  const text = readFileSync(`src/${name}`, 'utf8').replaceAll(
    /(from\s+')\.\/([\w.-]+)(')/g,
    (_, before, imported, after) => `${before}./${build(imported)}${after}`,
  )
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 10)
  const [, stem, extension] = /^(.+)(\.\w+)$/.exec(name)
  const target = `${stem}.${hash}${extension}`
  writeFileSync(`dist/assets/${target}`, text)
  built.set(name, target)
  return target
}

for (const name of readdirSync('src')) build(name)
const page = readFileSync('index.html', 'utf8').replaceAll(/src\/([\w.-]+)/g, (_, name) => `/assets/${build(name)}`)
writeFileSync('dist/index.html', page)
console.log(`built ${built.size} files and index.html`)
