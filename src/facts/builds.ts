import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { App } from '../app/app.ts'
import type { ComposeBuild } from '../app/compose.ts'
import { type Dockerfile, readDockerfile } from '../app/dockerfile.ts'
import type { Build } from '../check/facts.ts'
import { isRealSecret } from '../check/secrets.ts'
import { valuesOf } from './env-files.ts'

const texts = /^(?:requirements[\w.-]*\.txt|poetry\.lock|uv\.lock|Pipfile\.lock|gunicorn\.conf\.py)$/
const envFiles = /^\.env(?:\.[\w.-]+)?$/
const examples = /example|sample|template|\.dist$/i

/** What lies in the folder of each service that is built; services of one folder share the reading. */
export async function readBuilds(app: App): Promise<Record<string, Build>> {
  const known = new Map<string, Promise<Build | undefined>>()
  const entries = app.services.map(async ({ name, definition: { build } }) => {
    if (build === undefined) return []
    const key = JSON.stringify(build)
    const reading = known.get(key) ?? readBuild(build)
    known.set(key, reading)
    const found = await reading
    return found === undefined ? [] : [[name, found] as const]
  })
  return Object.fromEntries((await Promise.all(entries)).flat())
}

/** Undefined when the context is not on this machine. */
async function readBuild(build: ComposeBuild): Promise<Build | undefined> {
  const context = build.context ?? '.'
  const names = await readdir(context).catch(() => undefined)
  if (names === undefined) return undefined
  const [dockerfile, ignored, sub, own] = await Promise.all([
    readOwnDockerfile(build, context),
    readIgnored(build, context),
    names.includes('requirements') ? readTexts(context, 'requirements/') : {},
    readTexts(context, ''),
  ])
  return {
    context,
    dockerfile,
    hasIgnoreFile: ignored !== undefined,
    sentEnvFiles: await sentEnvFiles(context, names, ignored),
    hasManagePy: names.includes('manage.py'),
    texts: { ...sub, ...own },
  }
}

async function readOwnDockerfile(build: ComposeBuild, context: string): Promise<Dockerfile | undefined> {
  const path = resolve(context, build.dockerfile ?? 'Dockerfile')
  const text = build.dockerfile_inline ?? (await readFile(path, 'utf8').catch(() => undefined))
  return text === undefined ? undefined : readDockerfile(path, text, build.args)
}

/** Docker prefers the ignore file that is named after the Dockerfile. */
async function readIgnored(build: ComposeBuild, context: string): Promise<string | undefined> {
  const own = resolve(context, `${build.dockerfile ?? 'Dockerfile'}.dockerignore`)
  const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined)
  return (await read(own)) ?? read(join(context, '.dockerignore'))
}

async function readTexts(context: string, folder: string): Promise<Record<string, string>> {
  const names = await readdir(join(context, folder)).catch(() => [])
  const wanted = names.filter((name) => (folder === '' ? texts.test(name) : name.endsWith('.txt')))
  const entries = wanted.map(async (name) => {
    const path = `${folder}${name}`
    return [path, await readFile(join(context, path), 'utf8').catch(() => '')] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** Files of variables with a secret in them that no line of the ignore file keeps back. */
async function sentEnvFiles(
  context: string,
  names: readonly string[],
  ignored: string | undefined,
): Promise<string[]> {
  const candidates = names.filter((name) => envFiles.test(name) && !examples.test(name))
  if (candidates.length === 0) return []
  const library = await import('@balena/dockerignore')
  // Its types speak of an ES module, which it is not.
  const createIgnore = library.default as unknown as typeof library.default.default
  const ignore = createIgnore().add(ignored ?? '')
  const sent = candidates.filter((name) => !ignore.ignores(name))
  const secret = await Promise.all(sent.map((name) => holdsSecret(join(context, name))))
  return sent.filter((_, index) => secret[index])
}

async function holdsSecret(path: string): Promise<boolean> {
  const values = valuesOf(await readFile(path, 'utf8').catch(() => ''))
  return Object.entries(values).some(([name, value]) => isRealSecret(name, value))
}
