import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../app/app.ts'
import type { Directive, ProxyFile } from '../check/facts.ts'

/** Where nginx reads its configuration, and the templates that its official image fills in. */
const configFolders =
  /^\/etc\/nginx(?:\/(?:conf\.d|templates|sites-enabled|sites-available|nginx\.conf|.*\.conf.*))?\/?/
const configFile = /\.conf(?:\.template)?$/

/** The nginx files that services mount from this machine. What an image brings is not seen. */
export async function readProxyFiles(app: App): Promise<ProxyFile[]> {
  const mounts = app.services.flatMap(({ name, definition }) =>
    (definition.volumes ?? [])
      .filter(
        ({ type, target, source }) => type === 'bind' && source !== undefined && configFolders.test(target),
      )
      .map(({ source = '' }) => ({ service: name, source })),
  )
  const found = await Promise.all(
    mounts.map(async ({ service, source }) =>
      Promise.all((await filesAt(source)).map((path) => readProxyFile(service, path))),
    ),
  )
  return found.flat().filter((file) => file !== undefined)
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return []
  if (!found.isDirectory()) return [path]
  const names = await readdir(path)
  return names.filter((name) => configFile.test(name)).map((name) => join(path, name))
}

async function readProxyFile(service: string, path: string): Promise<ProxyFile | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  const directives = text === undefined ? undefined : await readDirectives(text)
  return text === undefined || directives === undefined ? undefined : { service, path, text, directives }
}

interface Node {
  name: string
  value: string
  isBlock: boolean
  children: Node[] | null
}

/** Undefined for what is no nginx configuration. */
export async function readDirectives(text: string): Promise<Directive[] | undefined> {
  const { NginxParser } = await import('nginx-conf')
  try {
    const root = await new Promise<Node | undefined>((resolve, reject) => {
      new NginxParser().parse(text, (error, tree) => (error === null ? resolve(tree) : reject(error)))
    })
    return (root?.children ?? []).map(plain)
  } catch {
    return undefined
  }
}

function plain({ name, value, isBlock, children }: Node): Directive {
  const words = value.replaceAll(/\s+/g, ' ').trim()
  return isBlock ? { name, value: words, children: (children ?? []).map(plain) } : { name, value: words }
}
