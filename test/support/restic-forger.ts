import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'

/**
 * Writes into a repository of restic what restic itself would never write, as somebody could who has the key: entries of
 * folders under any name and of any kind. The format is that of restic's design document, version 2.
 */
export interface Forger {
  /** Puts entries into a folder of every snapshot. */
  plant(folder: string, entries: readonly TreeNode[]): Promise<void>
}

export interface TreeNode {
  name: string
  type: string
  /** Of a folder. */
  subtree?: string
  [key: string]: unknown
}

interface Keys {
  encrypt: Buffer
  mac: { k: Buffer; r: Buffer }
}

interface Blob {
  pack: string
  offset: number
  length: number
  isCompressed: boolean
}

const [nonceBytes, macBytes] = [16, 16]
/** In the head of a pack: a tree that is not compressed. */
const plainTree = 1

export async function openForger(repository: string, password: string): Promise<Forger> {
  const keys = await readKeys(repository, password)
  const blobs = await readIndex(repository, keys)
  const readTree = async (id: string): Promise<{ nodes: TreeNode[] }> => {
    const blob = blobs.get(id)
    if (blob === undefined) throw new Error(`there is no tree ${id}`)
    const pack = await readFile(join(repository, 'data', blob.pack.slice(0, 2), blob.pack))
    const plain = decrypt(keys, pack.subarray(blob.offset, blob.offset + blob.length))
    return JSON.parse((blob.isCompressed ? zstdDecompressSync(plain) : plain).toString())
  }
  const written: { id: string; sealed: Buffer }[] = []
  const writeTree = (tree: { nodes: TreeNode[] }): string => {
    const text = Buffer.from(`${JSON.stringify(tree)}\n`)
    const id = sha256(text)
    written.push({ id, sealed: encrypt(keys, text) })
    return id
  }
  const change = async (
    id: string,
    [name, ...rest]: string[],
    entries: readonly TreeNode[],
  ): Promise<string> => {
    const { nodes } = await readTree(id)
    const changed = await Promise.all(
      nodes.map(async (node) =>
        node.name === name ? { ...node, subtree: await change(node.subtree ?? '', rest, entries) } : node,
      ),
    )
    const all = name === undefined ? [...nodes, ...entries] : changed
    return writeTree({ nodes: all.toSorted((a, b) => (a.name < b.name ? -1 : 1)) })
  }
  return {
    plant: async (folder, entries) => {
      for (const name of await readdir(join(repository, 'snapshots'))) {
        const path = join(repository, 'snapshots', name)
        const snapshot = JSON.parse(unpack(decrypt(keys, await readFile(path))).toString())
        const tree = await change(snapshot.tree, folder.split('/').filter(Boolean), entries)
        await writeSealed(join(repository, 'snapshots'), encrypt(keys, json({ ...snapshot, tree })))
        await rm(path)
      }
      await writePack(repository, keys, written.splice(0))
    },
  }
}

async function writePack(
  repository: string,
  keys: Keys,
  blobs: readonly { id: string; sealed: Buffer }[],
): Promise<void> {
  const head = encrypt(
    keys,
    Buffer.concat(
      blobs.map(({ id, sealed }) =>
        Buffer.concat([Buffer.from([plainTree]), littleEndian(sealed.length), Buffer.from(id, 'hex')]),
      ),
    ),
  )
  const pack = Buffer.concat([...blobs.map(({ sealed }) => sealed), head, littleEndian(head.length)])
  const id = sha256(pack)
  await mkdir(join(repository, 'data', id.slice(0, 2)), { recursive: true })
  await writeFile(join(repository, 'data', id.slice(0, 2), id), pack)
  let offset = 0
  const entries = blobs.map(({ id: blob, sealed }) => {
    const entry = { id: blob, type: 'tree', offset, length: sealed.length }
    offset += sealed.length
    return entry
  })
  await writeSealed(join(repository, 'index'), encrypt(keys, json({ packs: [{ id, blobs: entries }] })))
}

async function writeSealed(folder: string, sealed: Buffer): Promise<void> {
  await writeFile(join(folder, sha256(sealed)), sealed)
}

async function readKeys(repository: string, password: string): Promise<Keys> {
  const [name = ''] = await readdir(join(repository, 'keys'))
  const { N, r, p, salt, data } = JSON.parse(await readFile(join(repository, 'keys', name), 'utf8'))
  const derived = scryptSync(password, Buffer.from(salt, 'base64'), 64, { N, r, p, maxmem: 256 * N * r })
  const own = splitKey(derived)
  const master = JSON.parse(decrypt(own, Buffer.from(data, 'base64')).toString())
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64')
  return { encrypt: bytes(master.encrypt), mac: { k: bytes(master.mac.k), r: bytes(master.mac.r) } }
}

function splitKey(key: Buffer): Keys {
  return { encrypt: key.subarray(0, 32), mac: { k: key.subarray(32, 48), r: key.subarray(48, 64) } }
}

async function readIndex(repository: string, keys: Keys): Promise<Map<string, Blob>> {
  const blobs = new Map<string, Blob>()
  for (const name of await readdir(join(repository, 'index'))) {
    const text = unpack(decrypt(keys, await readFile(join(repository, 'index', name)))).toString()
    for (const { id: pack, blobs: all } of JSON.parse(text).packs)
      for (const { id, offset, length, uncompressed_length } of all)
        blobs.set(id, { pack, offset, length, isCompressed: uncompressed_length !== undefined })
  }
  return blobs
}

/** Files that are no packs begin with a 2 when they are compressed. */
function unpack(plain: Buffer): Buffer {
  return plain[0] === 2 ? zstdDecompressSync(plain.subarray(1)) : plain
}

function encrypt(keys: Keys, plain: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-ctr', keys.encrypt, nonce)
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, text, mac(keys, nonce, text)])
}

function decrypt(keys: Keys, sealed: Buffer): Buffer {
  const nonce = sealed.subarray(0, nonceBytes)
  const text = sealed.subarray(nonceBytes, -macBytes)
  if (!mac(keys, nonce, text).equals(sealed.subarray(-macBytes)))
    throw new Error('it is not sealed with this key')
  const decipher = createDecipheriv('aes-256-ctr', keys.encrypt, nonce)
  return Buffer.concat([decipher.update(text), decipher.final()])
}

/** Poly1305-AES (D. J. Bernstein, 2005). */
function mac({ mac: { k, r } }: Keys, nonce: Buffer, text: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ecb', k, null).setAutoPadding(false)
  const pad = number(Buffer.concat([cipher.update(nonce), cipher.final()]))
  const factor = number(r) & 0x0ffffffc0ffffffc0ffffffc0fffffffn
  let sum = 0n
  for (let at = 0; at < text.length; at += 16)
    sum = ((sum + number(Buffer.concat([text.subarray(at, at + 16), Buffer.from([1])]))) * factor) % prime
  const tag = (sum + pad) % 2n ** 128n
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse()
}

const prime = 2n ** 130n - 5n

function number(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}

function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
