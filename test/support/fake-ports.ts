import type { Repositories } from '../../src/backup/repository.ts'
import type { Container, Engine } from '../../src/engine/port.ts'
import { MuelleError } from '../../src/errors/muelle-error.ts'
import type { Certificates } from '../../src/gateway/certificates/certificates.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import type { Notifier } from '../../src/notify/notifier.ts'
import type { Vault } from '../../src/secrets/vault.ts'

/** Tells each call of a port, and may throw instead of letting it happen. */
export type Tell = (call: string) => void

const silent: Tell = () => undefined

/** An engine on which every effect succeeds at once, every image is present and nothing runs. */
export function fakeEngine(overrides: Partial<Engine> = {}, tell: Tell = silent): Engine {
  const effect =
    (name: string) =>
    async (...args: readonly unknown[]): Promise<void> =>
      tell(['engine', name, ...args.flatMap(nameOf)].join(' '))
  return {
    version: async () => '28.0',
    freeBytes: async () => undefined,
    availableMemory: async () => undefined,
    memoryOf: async () => undefined,
    usage: async () => ({ memory: undefined, cpus: undefined }),
    containers: async () => [],
    logs: async () => [],
    logsSince: async (_, since) => ({ lines: [], until: since }),
    streamLogs: async () => undefined,
    refreshList: async () => undefined,
    restarts: async () => 0,
    date: async () => 0,
    startedAt: async () => 0,
    processes: async () => [],
    exec: async () => ({ exitCode: 0, output: '' }),
    healthCommand: async () => undefined,
    evidence: {
      isLocal: false,
      condition: async () => undefined,
      exec: async () => ({ exitCode: 0, output: '' }),
      listening: async () => undefined,
      readHead: async () => undefined,
      networks: async () => undefined,
      portHolder: async () => undefined,
    },
    endCommandsOf: effect('endCommandsOf'),
    imageId: async (reference) => `sha256:${reference}`,
    imageConfig: async () => undefined,
    pull: effect('pull'),
    tagImage: effect('tagImage'),
    removeImage: effect('removeImage'),
    ensureNetwork: effect('ensureNetwork'),
    ensureVolume: effect('ensureVolume'),
    removeNetwork: async (name) => {
      tell(`engine removeNetwork ${name}`)
      return true
    },
    removeVolume: effect('removeVolume'),
    volumesOf: async () => [],
    build: effect('build'),
    trimBuildCache: effect('trimBuildCache'),
    create: effect('create'),
    start: effect('start'),
    up: effect('up'),
    stopContainer: effect('stopContainer'),
    stop: effect('stop'),
    down: effect('down'),
    runOnce: effect('runOnce'),
    tool: async () => ({ exitCode: 0, stdout: '', lines: [] }),
    run: effect('run'),
    signal: effect('signal'),
    letEnd: effect('letEnd'),
    removeContainer: effect('removeContainer'),
    rename: effect('rename'),
    connect: effect('connect'),
    disconnect: effect('disconnect'),
    ...overrides,
  }
}

/** What identifies an argument in the record: names, but no options. */
function nameOf(argument: unknown): string[] {
  if (typeof argument === 'string') return [argument]
  if (Array.isArray(argument)) return argument.map(String)
  const { name } = argument as { name?: unknown }
  return typeof name === 'string' ? [name] : []
}

/** A gateway that shows at once whatever it is told to. */
export function fakeGateway(tell: Tell = silent): Gateway {
  let live: number | undefined
  return {
    podFor: () => ({
      instance: 'muelle',
      name: 'gateway',
      folder: '/state/gateway',
      image: 'nginx:1.30',
      publish: [],
    }),
    refuseTaken: async () => undefined,
    ensure: async (_, app) => tell(`gateway ensure ${app}`),
    heal: async () => undefined,
    stage: async (_, { arms }) => tell(`gateway stage ${arms.map(({ release }) => release).join(' ')}`),
    admit: async (_, { app }) => tell(`gateway admit ${app}`),
    has: async () => false,
    flip: async (_, app, release) => {
      tell(`gateway flip ${app} ${release}`)
      live = release
    },
    live: async () => live,
    arms: async () => (live === undefined ? [] : [live]),
    ask: async (_, __, { release = live }) => ({
      status: 200,
      headers: {},
      body: '',
      release,
      server: undefined,
    }),
    visits: async (_, __, since) => ({ visits: [], until: since }),
    requests: async (_, since) => ({ requests: [], until: since }),
    isDraining: async () => false,
    openConnections: async () => 0,
    tidy: async () => tell('gateway tidy'),
    remove: async (_, app) => tell(`gateway remove ${app}`),
    errorLog: async () => [],
  }
}

export function fakeContainer(fields: Partial<Container>): Container {
  return {
    id: 'c0',
    name: 'shop-r1-web-r1-1',
    app: 'shop',
    release: 1,
    service: 'web',
    role: 'web',
    definition: undefined,
    image: 'sha256:1',
    running: true,
    status: 'Up 3 hours',
    addresses: {},
    ...fields,
  }
}

export function dockerFailure(line = 'no such thing'): MuelleError {
  return new MuelleError('DOCKER_COMMAND_FAILED', 'docker ended with exit code 1.', { log: [line] })
}

/** An app without secrets. */
export const fakeVault: Vault = {
  apps: async () => [],
  read: async () => new Map(),
  set: async () => undefined,
  remove: async () => [],
  forget: async () => undefined,
  files: async () => [],
  redactor: async () => (line) => line,
}

/** Certificates that are there already. */
export const fakeCertificates: Certificates = {
  check: async () => undefined,
  have: async () => ({ certificate: 'shop.pem', key: 'shop.pem' }),
  obtain: async () => ({ isThere: true }),
  facts: async () => undefined,
  copy: async () => undefined,
  forget: async () => undefined,
}

/** Where nothing is kept. */
export const fakeNotifier: Notifier = {
  tell: async () => undefined,
  deliverDue: async () => ({ sent: 0, failed: 0 }),
  test: async () => [],
}

export const fakeRepositories: Repositories = {
  image: 'restic/restic:0.19.1',
  keyFile: '/state/backup.key',
  ssh: { folder: '/state/ssh', key: '/state/ssh/key', knownHosts: '/state/ssh/known_hosts' },
  open: async () => {
    throw new Error('there is no repository')
  },
  openWith: async () => {
    throw new Error('there is no repository')
  },
}
