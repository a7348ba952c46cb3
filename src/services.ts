import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createRepositories } from './backup/repository.ts'
import type { CliServices } from './cli/command.ts'
import { realClock } from './deploy/wait.ts'
import { createDockerEngine } from './engine/docker/engine.ts'
import { standIns } from './engine/docker/stand-ins.ts'
import { createCertificates } from './gateway/certificates/certificates.ts'
import { createGateway } from './gateway/gateway.ts'
import { probe } from './gateway/probe.ts'
import { createCommitStatuses } from './notify/commit-status.ts'
import { createNotifier } from './notify/notifier.ts'
import { thisProcess } from './processes.ts'
import { commitOf } from './release/commit.ts'
import { createAppFiles } from './release/files.ts'
import { createVault, type Vault } from './secrets/vault.ts'
import type { Installation } from './settings.ts'
import { createSources } from './source/sources.ts'
import { openStore } from './store/store.ts'

/**
 * Builds the adapters, once, for a command that needs them.
 * @param job of the agent that this process carries out
 */
export async function createServices(installation: Installation, job?: number): Promise<CliServices> {
  const { home, instance, ports, gatewayImage, certbot, resticImage, minimumFreeBytes, buildCacheBytes } =
    installation
  const { mailServer, privateHosts, githubApi } = installation
  await mkdir(home, { recursive: true, mode: 0o700 })
  const secrets = createVault(home)
  const engine = createDockerEngine(instance, secrets)
  const store = openStore(join(home, 'muelle.db'), job)
  return {
    engine,
    gateway: createGateway({ engine, folder: join(home, 'gateway'), instance, image: gatewayImage, ports }),
    certificates: createCertificates(engine, certbot),
    store,
    notifier: createNotifier({
      store,
      vault: secrets,
      host: hostname(),
      now: () => Date.now(),
      mailServer,
      privateHosts: new Set(privateHosts),
      githubApi,
    }),
    commitStatuses: createCommitStatuses({
      store,
      vault: secrets,
      host: hostname(),
      api: githubApi,
      now: () => Date.now(),
    }),
    files: createAppFiles(home),
    secrets,
    repositories: createRepositories({
      home,
      instance,
      image: resticImage,
      engine,
      credentials: (app) => credentials(app, secrets),
    }),
    sources: createSources(home, secrets),
    standIns,
    probe,
    clock: realClock,
    commitOf,
    instance,
    runner: thisProcess,
    minimumFreeBytes,
    buildCacheBytes,
    ports,
    gatewayImage,
    certbotImage: certbot.image,
    acmeServer: certbot.server,
    probeToken: await probeToken(join(home, 'probe-token')),
  }
}

/** What restic reads from its environment: secrets of the app, and on an empty machine the environment of Muelle. */
async function credentials(app: string, vault: Vault): Promise<Record<string, string>> {
  const own = Object.entries(process.env).map(([name, value = '']) => [name, value] as const)
  const secrets = [...(await vault.read(app))].map(([name, { value }]) => [name, value.reveal()] as const)
  return Object.fromEntries([...own, ...secrets].filter(([name]) => /^(?:AWS|RESTIC_REST)_/.test(name)))
}

/** Keeps visitors from choosing the release that answers them. */
async function probeToken(file: string): Promise<string> {
  const found = await readFile(file, 'utf8').catch(() => undefined)
  if (found !== undefined) return found.trim()
  const token = randomBytes(24).toString('hex')
  await writeFile(file, token, { mode: 0o600 })
  return token
}
