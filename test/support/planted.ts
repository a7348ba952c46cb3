import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, lstatSync, readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Files below a folder that hold one of the texts. */
export function filesWith(folder: string, texts: readonly string[]): string[] {
  return globSync('**/*', { cwd: folder })
    .filter((name) => lstatSync(join(folder, name)).isFile())
    .filter((name) => finds(readFileSync(join(folder, name)), texts))
}

/** Those of the texts that are in the layers or in the configuration of an image. */
export async function textsInImage(image: string, texts: readonly string[]): Promise<string[]> {
  const saving = spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(saving, 'close')
  const overlap = Math.max(...texts.map((text) => text.length))
  const found = new Set<string>()
  let before = Buffer.alloc(0)
  for await (const chunk of saving.stdout as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([before, chunk])
    for (const text of texts) if (bytes.includes(text)) found.add(text)
    before = bytes.subarray(-overlap)
  }
  const [code] = await ended
  if (code !== 0) throw new Error(`docker save ${image} ended with ${code}`)
  return [...found]
}

function finds(bytes: Buffer, texts: readonly string[]): boolean {
  return texts.some((text) => bytes.includes(text))
}

/** Looks at the arguments of every process on this machine ten times a second, until it is stopped. */
export function watchProcesses(texts: readonly string[]): { stop(): Promise<string[]> } {
  const seen = new Set<string>()
  let goesOn = true
  const watching = (async () => {
    while (goesOn) {
      for (const line of await commandLines()) if (texts.some((text) => line.includes(text))) seen.add(line)
      await sleep(100)
    }
  })()
  return {
    stop: async () => {
      goesOn = false
      await watching
      return [...seen]
    },
  }
}

async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const read = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
  return (await Promise.all(read)).map((line) => line.replaceAll('\0', ' '))
}
