import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { App, Service } from '../../app/app.ts'
import { fillIn } from '../../secrets/references.ts'
import type { Vault } from '../../secrets/vault.ts'
import type { Variables } from './address.ts'

/**
 * What a service has in its environment, with the values of secrets; of `NAME_FILE` what is in the file. The secrets of the
 * app come beside it.
 */
export async function variablesOf(
  { definition }: Service,
  app: App,
  secrets: Pick<Vault, 'read'>,
): Promise<Variables> {
  const stored = await secrets.read(app.name)
  const own = Object.fromEntries([...stored].map(([name, { value }]) => [name, value.reveal()]))
  // Compose writes a dollar sign twice.
  const written = Object.entries(fillIn(definition, stored).environment ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [[name, value.replaceAll('$$', '$')] as const],
  )
  const environment = Object.fromEntries(written)
  const inFiles = await Promise.all(
    written
      .filter(([name]) => name.endsWith('_FILE'))
      .map(async ([name, path]) => {
        const text = await readSecretFile({ path, definition }, app, own)
        return [name.slice(0, -'_FILE'.length), text] as const
      }),
  )
  return { ...own, ...Object.fromEntries(inFiles.filter(([, text]) => text !== undefined)), ...environment }
}

interface Mounted {
  source: string
  target?: string
}

/** Of a secret that Compose mounts: it comes from Muelle's, or is a file of this machine. */
async function readSecretFile(
  { path, definition }: { path: string; definition: Service['definition'] },
  app: App,
  own: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const mounts = (definition['secrets'] ?? []) as Mounted[]
  const mount = mounts.find(({ source, target = source }) => resolve('/run/secrets', target) === path)
  const { environment, file } = ((mount === undefined ? undefined : app.file.secrets?.[mount.source]) ??
    {}) as { environment?: string; file?: string }
  if (environment !== undefined) return own[environment]
  if (file === undefined) return undefined
  const text = await readFile(resolve(app.directory, file), 'utf8').catch(() => undefined)
  return text?.replace(/\r?\n$/, '')
}

/** A file that a service sees under this path, on this machine. */
export function pathOnThisMachine(path: string, { definition }: Service, app: App): string | undefined {
  const binds = (definition.volumes ?? []).filter(({ type }) => type === 'bind')
  const files = ['secrets', 'configs'].flatMap((kind) =>
    ((definition[kind] ?? []) as Mounted[]).flatMap(({ source, target = source }) => {
      const { file } = ((app.file[kind] as Record<string, { file?: string }> | undefined)?.[source] ??
        {}) as { file?: string }
      const usual = kind === 'secrets' ? '/run/secrets' : '/'
      return file === undefined
        ? []
        : [{ source: resolve(app.directory, file), target: resolve(usual, target) }]
    }),
  )
  const found = [...binds, ...files].find(({ target }) => path === target || path.startsWith(`${target}/`))
  return found?.source === undefined ? undefined : `${found.source}${path.slice(found.target.length)}`
}
