import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Cleanup, docker, type Host, lines, type Run } from './host.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples')

interface Options {
  /** A folder of examples/. */
  example: string
  /** Compose files, instead of the usual one. */
  files?: readonly string[]
  /** Rules of the check that its file breaks. */
  allow?: readonly string[]
  env?: Readonly<Record<string, string>>
  /** Where visitors come in: a host name at the gateway, with TLS, or a port of its own. */
  entrance: { domain: string } | { port: number }
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  json(): Record<string, unknown>
}

export interface Question {
  method?: string
  /** Sent as JSON. */
  body?: unknown
  headers?: Readonly<Record<string, string>>
}

/** One of the examples in a folder and under a name of its own. */
export interface Example {
  name: string
  directory: string
  /** Deploys it. */
  tryUp(): Promise<Run>
  /** Deploys it, and expects that to work. */
  up(...more: string[]): Promise<Run>
  /** The output of a command in a container of the live release, which has to work. */
  exec(service: string, ...argv: string[]): Promise<string>
  /** Runs the project's own tests in its image. */
  test(service: string, ...argv: string[]): Promise<void>
  ask(path: string, question?: Question): Promise<Answer>
  /** Asks for a path, one request after the other, while work is done: every answer has to be 200. */
  withoutLoss(path: string, work: () => Promise<unknown>): Promise<void>
  edit(file: string, change: (text: string) => string): Promise<void>
  /** Takes it down, and expects nothing to be left but its volumes. */
  leavesOnlyVolumes(...volumes: string[]): Promise<void>
}

export async function createExample(t: Cleanup, host: Host, options: Options): Promise<Example> {
  const { example, files = [], allow = [], env = {}, entrance } = options
  const directory = await mkdtemp(join(tmpdir(), `${example}-`))
  const name = basename(directory).toLowerCase()
  t.after(async () => {
    await rm(directory, { recursive: true, force: true })
    const volumes = lines(await docker('volume', 'ls', '--quiet', '--filter', `name=^${name}_`))
    if (volumes.length > 0) await docker('volume', 'rm', ...volumes)
  })
  await cp(join(examples, example), directory, { recursive: true })

  const run = async (...argv: string[]): Promise<Run> => {
    const { exitCode, stdout, stderr } = await host.startWith({ ...env }, ...argv)
    return { exitCode, stdout, stderr }
  }
  const succeed = async (...argv: string[]): Promise<Run> => {
    const result = await run(...argv)
    assert.equal(result.exitCode, 0, result.stderr)
    return result
  }
  const named = [...files.flatMap((file) => ['--file', file]), ...allow.flatMap((rule) => ['--allow', rule])]
  const exec = (service: string, ...argv: string[]) => succeed('exec', '--app', name, service, ...argv)
  const ask: Example['ask'] = (path, question = {}) => send(host, { path, entrance, question })
  return {
    name,
    directory,
    ask,
    tryUp: () => run('up', directory, ...named),
    up: (...more) => succeed('up', directory, ...named, ...more),
    exec: async (...argv) => (await exec(...argv)).stdout.trim(),
    test: async (...argv) => {
      const { stderr } = await exec(...argv)
      assert.match(stderr, /\nOK/)
    },
    withoutLoss: (path, work) => visitWhile(() => ask(path), work),
    edit: async (file, change) => {
      const path = join(directory, file)
      const before = await readFile(path, 'utf8')
      const after = change(before)
      assert.notEqual(after, before, `${file} is changed`)
      await writeFile(path, after)
    },
    leavesOnlyVolumes: async (...volumes) => {
      await succeed('down', name)
      const filter = ['--filter', `name=${name}`, '--format', '{{.Name}}']
      assert.equal(await docker('ps', '--all', '--filter', `name=${name}`, '--format', '{{.Names}}'), '')
      assert.equal(await docker('network', 'ls', ...filter), '')
      const left = lines(await docker('volume', 'ls', ...filter)).map((volume) =>
        volume.slice(name.length + 1),
      )
      assert.deepEqual(left.toSorted(), volumes.toSorted())
    },
  }
}

/** Slower than the limit of 10 requests a second that two of the examples set. */
const pauseMs = 150

async function visitWhile(visit: () => Promise<Answer>, work: () => Promise<unknown>): Promise<void> {
  let isOver = false
  const statuses: (number | string)[] = []
  const visitor = (async () => {
    while (!isOver) {
      statuses.push(await visit().then(({ status }) => status, String))
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  })()
  try {
    await work()
  } finally {
    isOver = true
    await visitor
  }
  assert.ok(statuses.length > 5, `${statuses.length} visits`)
  assert.deepEqual([...new Set(statuses)], [200], statuses.join(' '))
}

function send(
  { ports }: Host,
  { path, entrance, question }: { path: string; entrance: Options['entrance']; question: Question },
): Promise<Answer> {
  const isTls = 'domain' in entrance
  const host = isTls ? entrance.domain : 'localhost'
  const body = question.body === undefined ? undefined : JSON.stringify(question.body)
  const options = {
    host: '127.0.0.1',
    port: isTls ? ports.https : entrance.port,
    servername: host,
    rejectUnauthorized: false,
    agent: false,
    path,
    method: question.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      host,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      ...question.headers,
    },
  }
  return new Promise((resolve, reject) => {
    const sent = (isTls ? httpsRequest : httpRequest)(options, (response) => {
      text(response).then((answer) => {
        const { statusCode = 0, headers } = response
        resolve({ status: statusCode, headers, body: answer, json: () => JSON.parse(answer) })
      }, reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** What nobody has seen in two minutes will not come. */
const patienceMs = 120_000

/** Asks until there is an answer. */
export async function until<T>(what: string, find: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + patienceMs
  for (;;) {
    const found = await find()
    if (found !== undefined) return found
    assert.ok(Date.now() < end, `${what} did not happen`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
