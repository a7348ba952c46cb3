import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { localhost, type Target } from '../../bench/load/request.ts'
import { type Cleanup, docker, type Host, lines, type Run } from './host.ts'
import { underLoad } from './under-load.ts'

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
  /** Requests per second of `withoutLoss`; fewer where the app has a limit. */
  loadPerSecond?: number
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
  /** Sends requests for a path on many connections while work is done: none may be lost. */
  withoutLoss(path: string, work: () => Promise<unknown>): Promise<void>
  /** The status that a visitor with another address is answered. */
  asAnotherVisitor(path: string): Promise<number>
  edit(file: string, change: (text: string) => string): Promise<void>
  /** Takes it down, and expects nothing to be left but its volumes: no container, network or image. */
  leavesOnlyVolumes(...volumes: string[]): Promise<void>
}

export async function createExample(t: Cleanup, host: Host, options: Options): Promise<Example> {
  const { example, files = [], allow = [], env = {}, entrance, loadPerSecond = 50 } = options
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
  const target = targetOf(host, entrance)
  const ask: Example['ask'] = (path, question = {}) => send(target, path, question)
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
    withoutLoss: (path, work) => underLoad(target, { path, ratePerSecond: loadPerSecond }, work),
    asAnotherVisitor: (path) => askFromDocker(host.instance, target, path),
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
      // Without an app there is no gateway either.
      const instance = ['--quiet', '--filter', `label=org.muelle.instance=${host.instance}`]
      assert.equal(await docker('ps', '--all', ...instance), '')
      assert.equal(await docker('network', 'ls', ...instance), '')
      assert.equal(await docker('images', '--quiet', '--filter', `reference=${name}-*`), '')
      assert.deepEqual(await readdir(join(host.env['MUELLE_HOME'] ?? '', 'apps')).catch(() => []), [])
      const left = lines(await docker('volume', 'ls', ...filter)).map((volume) =>
        volume.slice(name.length + 1),
      )
      assert.deepEqual(left.toSorted(), volumes.toSorted())
    },
  }
}

function targetOf({ ports }: Host, entrance: Options['entrance']): Target {
  return 'domain' in entrance
    ? { port: ports.https, host: entrance.domain, tls: true }
    : { port: entrance.port, host: 'localhost', tls: false }
}

/** A container on the gateway's network has an address of its own. */
async function askFromDocker(instance: string, { host, tls }: Target, path: string): Promise<number> {
  const filter = ['--filter', `name=${instance}-`, '--format', '{{.Name}}']
  const [pod = ''] = lines(await docker('network', 'ls', ...filter))
  const [scheme, port] = tls ? ['https', 443] : ['http', 80]
  const curl = [
    'curl',
    '-sk',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    '--connect-to',
    `${host}:${port}:${pod}:`,
  ]
  const argv = ['run', '--rm', '--network', pod, 'nginx:alpine', ...curl, `${scheme}://${host}${path}`]
  return Number(await docker(...argv))
}

function send({ port, host, tls }: Target, path: string, question: Question): Promise<Answer> {
  const body = question.body === undefined ? undefined : JSON.stringify(question.body)
  const options = {
    host: localhost,
    port,
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
    const sent = (tls ? httpsRequest : httpRequest)(options, (response) => {
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
