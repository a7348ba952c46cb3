import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MuelleError } from '../errors/muelle-error.ts'
import { createRedactor, type Redact, redactNothing } from './redact.ts'
import { Secret } from './secret.ts'

/** The secrets of every app of this installation, encrypted on disk. */
export interface Vault {
  /** Apps that have secrets. */
  apps(): Promise<readonly string[]>
  /** By name. @throws MuelleError SECRETS_UNREADABLE */
  read(app: string): Promise<ReadonlyMap<string, StoredSecret>>
  /** Adds to what the app has. @throws MuelleError SECRETS_UNREADABLE */
  set(app: string, secrets: ReadonlyMap<string, Secret>): Promise<void>
  /** @returns the names that there were. @throws MuelleError SECRETS_UNREADABLE */
  remove(app: string, names: readonly string[]): Promise<readonly string[]>
  /** All that the app has. */
  forget(app: string): Promise<void>
  /** Files that hold them and open them, with their places below a state folder; none where there are no secrets. */
  files(app: string): Promise<readonly { path: string; place: string }[]>
  /** Takes the secrets of every app out of a line. */
  redactor(): Promise<Redact>
}

export interface StoredSecret {
  value: Secret
  /** ISO 8601. */
  setAt: string
}

/** What the encrypted file of an app says. */
type Stored = Record<string, { value: string; setAt: string }>

/**
 * One file for each app, encrypted with age to a key that only its owner can read: `age --decrypt` opens them without
 * Muelle.
 * @param home the state folder
 */
export function createVault(home: string): Vault {
  const keyFile = join(home, 'secrets.key')
  const folder = join(home, 'secrets')
  const fileOf = (app: string): string => join(folder, `${app}.age`)

  // To open a file takes some ten milliseconds, and a deployment asks for it many times.
  const opened = new Map<string, { sealed: Buffer; secrets: ReadonlyMap<string, StoredSecret> }>()

  const read: Vault['read'] = async (app) => {
    const sealed = await ifThere(readFile(fileOf(app)))
    if (sealed === undefined) return new Map()
    const known = opened.get(app)
    if (known?.sealed.equals(sealed)) return known.secrets
    const secrets = await open(sealed, keyFile).catch((cause: unknown) => {
      throw unreadable(app, keyFile, cause)
    })
    opened.set(app, { sealed, secrets })
    return secrets
  }

  const write = async (app: string, secrets: ReadonlyMap<string, StoredSecret>): Promise<void> => {
    const { Encrypter, identityToRecipient } = await import('age-encryption')
    const encrypter = new Encrypter()
    encrypter.addRecipient(await identityToRecipient(await haveKey()))
    const stored: Stored = Object.fromEntries(
      [...secrets].map(([name, { value, setAt }]) => [name, { value: value.reveal(), setAt }]),
    )
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeAtomically(fileOf(app), await encrypter.encrypt(JSON.stringify(stored)))
  }

  /** A new key would open nothing of what is there, so there is one only where nothing is. */
  const haveKey = async (): Promise<string> => {
    const [other] = await apps()
    const found = await ifThere(readFile(keyFile, 'utf8'))
    if (found !== undefined) return identityIn(found)
    if (other !== undefined) throw unreadable(other, keyFile)
    const { generateIdentity, identityToRecipient } = await import('age-encryption')
    const identity = await generateIdentity()
    await mkdir(home, { recursive: true, mode: 0o700 })
    await writeOnce(keyFile, `# public key: ${await identityToRecipient(identity)}\n${identity}\n`)
    return identityIn(await readFile(keyFile, 'utf8'))
  }

  const apps: Vault['apps'] = async () => {
    const files = (await ifThere(readdir(folder))) ?? []
    return files.filter((file) => file.endsWith('.age')).map((file) => file.slice(0, -'.age'.length))
  }

  return {
    apps,
    read,
    set: async (app, secrets) => {
      const setAt = new Date().toISOString()
      const added = [...secrets].map(([name, value]) => [name, { value, setAt }] as const)
      await write(app, new Map([...(await read(app)), ...added]))
    },
    remove: async (app, names) => {
      const secrets = await read(app)
      const there = names.filter((name) => secrets.has(name))
      const left = new Map([...secrets].filter(([name]) => !there.includes(name)))
      if (left.size === 0) await rm(fileOf(app), { force: true })
      else if (there.length > 0) await write(app, left)
      return there
    },
    forget: (app) => rm(fileOf(app), { force: true }),
    files: async (app) => {
      if (!(await apps()).includes(app)) return []
      return [
        { path: fileOf(app), place: `secrets/${app}.age` },
        { path: keyFile, place: 'secrets.key' },
      ]
    },
    redactor: async () => {
      const names = await apps()
      if (names.length === 0) return redactNothing
      // What cannot be opened can reach no program either, and is no reason to stop other apps.
      const all = await Promise.all(
        names.map((app) => read(app).catch(() => new Map<string, StoredSecret>())),
      )
      return createRedactor(
        all.flatMap((secrets) => [...secrets.values()].map(({ value }) => value.reveal())),
      )
    },
  }
}

async function open(sealed: Buffer, keyFile: string): Promise<ReadonlyMap<string, StoredSecret>> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  decrypter.addIdentity(identityIn(await ifThere(readFile(keyFile, 'utf8'))))
  const stored = JSON.parse(await decrypter.decrypt(sealed, 'text')) as Stored
  return new Map(
    Object.entries(stored).map(([name, { value, setAt }]) => [name, { value: new Secret(value), setAt }]),
  )
}

function identityIn(key: string | undefined): string {
  const identity = key?.split('\n').find((line) => line.startsWith('AGE-SECRET-KEY-'))
  if (identity === undefined) throw new Error('there is no key')
  return identity.trim()
}

function unreadable(app: string, keyFile: string, cause?: unknown): MuelleError {
  return new MuelleError('SECRETS_UNREADABLE', `${keyFile} does not open the secrets of ${app}.`, {
    hint: `Put the copy of that key back, or begin anew:  muelle secrets rm --all --app ${app}`,
    cause,
  })
}

async function writeAtomically(file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${file}.next`, content, { flush: true, mode: 0o600 })
  await rename(`${file}.next`, file)
}

/** Leaves a file alone that another process has written meanwhile. */
async function writeOnce(file: string, content: string): Promise<void> {
  const own = `${file}.${randomUUID()}`
  await writeFile(own, content, { flush: true, mode: 0o600 })
  await link(own, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(own)
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}
