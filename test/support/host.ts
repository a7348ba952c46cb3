import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { execa } from 'execa'
import { freePort } from '../../bench/ports.ts'
import { type ProbeAnswer, probe } from '../../src/gateway/probe.ts'

const root = join(import.meta.dirname, '../..')

/** What `./muelle` runs, made anew when the sources have changed. */
export const main = join(root, 'dist/main.js')
execFileSync(join(root, 'scripts/setup.sh'))

export interface Run {
  exitCode: number | undefined
  stdout: string
  stderr: string
}

/** Where clean-up is registered: a test, or `suiteCleanup()`. */
export interface Cleanup {
  after(work: () => Promise<void>): void
}

/** Clean-up at the end of the suite that this is called in, for things made in its `before`. */
export function suiteCleanup(): Cleanup {
  const works: (() => Promise<void>)[] = []
  after(async () => {
    for (const work of works.reverse()) await work()
  })
  return { after: (work) => works.push(work) }
}

/** A Muelle installation of its own on this machine's Docker: state folder, gateway, ports. */
export interface Host {
  instance: string
  ports: { http: number; https: number }
  env: Record<string, string>
  muelle(...argv: string[]): Promise<Run>
  /** The same with text on its standard input. */
  send(input: string, ...argv: string[]): Promise<Run>
  /** The same, but running: to stop it half-way. */
  start(...argv: string[]): ReturnType<typeof launch>
  /** The same with more environment. */
  startWith(more: Record<string, string>, ...argv: string[]): ReturnType<typeof launch>
  get(host: string, path?: string, headers?: Record<string, string>): Promise<ProbeAnswer>
}

/** Makes an installation that is removed, with everything it made in Docker, when the test ends. */
export async function createHost(t: Cleanup): Promise<Host> {
  const home = await mkdtemp(join(tmpdir(), 'muelle-home-'))
  const instance = `t${process.pid}${Math.random().toString(36).slice(2, 6)}`
  const ports = { http: await freePort(), https: await freePort() }
  const env = {
    MUELLE_HOME: home,
    MUELLE_INSTANCE: instance,
    MUELLE_HTTP_PORT: String(ports.http),
    MUELLE_HTTPS_PORT: String(ports.https),
    NO_COLOR: '1',
  }
  const start: Host['start'] = (...argv) => launch(argv, env)
  t.after(async () => {
    await removeEverything(instance, home)
    await rm(home, { recursive: true, force: true })
  })
  return {
    instance,
    ports,
    env,
    start,
    startWith: (more, ...argv) => launch(argv, { ...env, ...more }),
    send: async (input, ...argv) => {
      const { exitCode, stdout, stderr } = await launch(argv, env, input)
      return { exitCode, stdout, stderr }
    },
    muelle: async (...argv) => {
      const { exitCode, stdout, stderr } = await start(...argv)
      return { exitCode, stdout, stderr }
    },
    get: (host, path = '/', headers = {}) => {
      const target = { address: '127.0.0.1', port: ports.http, tls: false, host, path, headers }
      return probe({ ...target, timeoutMs: 10_000 })
    },
  }
}

function launch(argv: readonly string[], env: Record<string, string>, input?: string) {
  const options = ['--disable-warning=ExperimentalWarning', main, ...argv]
  return execa(process.execPath, options, { env, reject: false, ...(input === undefined ? {} : { input }) })
}

/** Everything that carries the installation's label, and the networks and volumes of the apps it ever tried. */
async function removeEverything(instance: string, home: string): Promise<void> {
  const label = `label=org.muelle.instance=${instance}`
  const containers = lines(await docker('ps', '-aq', '--filter', label))
  const apps = await readdir(join(home, 'apps')).catch(() => [])
  if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers)
  const networks = lines(await docker('network', 'ls', '--format', '{{.Name}}'))
  const own = (name: string): boolean =>
    name.startsWith(`${instance}-`) ||
    apps.some((app) => name.startsWith(`${app}_`) || name.startsWith(`${app}-r`))
  for (const name of networks.filter(own)) await docker('network', 'rm', name)
  for (const name of lines(await docker('volume', 'ls', '--format', '{{.Name}}')).filter(own)) {
    await docker('volume', 'rm', name)
  }
  const images = lines(await docker('images', '--format', '{{.Repository}}:{{.Tag}}'))
  const built = images.filter((image) => apps.some((app) => image.startsWith(`${app}-`)))
  if (built.length > 0) await docker('rmi', '--force', ...built)
}

export async function docker(...argv: string[]): Promise<string> {
  const { stdout } = await execa('docker', argv, { reject: false })
  return stdout
}

export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
