import { readFile } from 'node:fs/promises'
import type { ComposeFile, ComposeService } from '../../app/compose.ts'
import { MuelleError, recode } from '../../errors/muelle-error.ts'
import { missingSecret } from '../../secrets/references.ts'
import type { Vault } from '../../secrets/vault.ts'
import type { EffectOptions, Project } from '../port.ts'
import type { EngineApi } from './api.ts'
import { environment } from './arguments.ts'
import { docker } from './process.ts'

/**
 * Runs Compose on a rendered file with the app's secrets in its environment, where only this user can read them.
 * @throws MuelleError SECRET_MISSING, or as `docker` does
 */
export async function composeWithSecrets(
  vault: Vault,
  project: Project,
  { command, ...options }: EffectOptions & { command: readonly string[] },
): Promise<string> {
  const [env, redact] = await Promise.all([valuesOf(project.app, vault), vault.redactor()])
  return docker(command, { ...options, env, redact }).catch(
    recode('DOCKER_COMMAND_FAILED', (failure) => {
      const name = /required variable (\w+) is missing a value/.exec(failure.log.join('\n'))?.[1]
      return name === undefined ? failure : missingSecret(name, project.app)
    }),
  )
}

async function valuesOf(app: string, vault: Vault): Promise<Record<string, string>> {
  const secrets = await vault.read(app)
  return Object.fromEntries([...secrets].map(([name, { value }]) => [name, value.reveal()]))
}

/** A file in a container, as a service of a Compose file asks for it. */
interface Mount {
  source: string
  target?: string
  uid?: string
  gid?: string
  mode?: string
}

interface Delivery extends Omit<Mount, 'source' | 'target'> {
  /** In the container. */
  path: string
  variable: string
}

/**
 * Puts secrets that Compose takes from its environment into containers that wait. Compose does so when it starts a
 * container itself, and Muelle starts those of a release through the Engine API. They stay in the container, so they are
 * there when Docker starts it again after a reboot.
 */
export async function deliverSecrets(
  api: EngineApi,
  project: Project,
  { services, vault }: { services: readonly string[]; vault: Vault },
): Promise<void> {
  const { parse } = await import('yaml')
  const file = parse(await readFile(project.file, 'utf8')) as ComposeFile
  for (const key of services) {
    const service = file.services[key]
    const mounts = service === undefined ? [] : mountsOf(service, file)
    if (mounts.length === 0) continue
    if (service?.['read_only'] === true) throw readOnly(key)
    const archive = await pack(mounts, { app: project.app, find: await lookUp(project, vault) })
    const filters = {
      label: [`com.docker.compose.project=${project.name}`, `com.docker.compose.service=${key}`],
    }
    const containers = await api.get<{ Id: string; State: string }[]>('/containers/json', {
      all: true,
      filters,
    })
    for (const { Id } of containers.filter(({ State }) => State !== 'running'))
      await api.put(`/containers/${Id}/archive`, { path: '/' }, archive)
  }
}

/** Secrets and configs that are in variables. */
function mountsOf(service: ComposeService, file: ComposeFile): Delivery[] {
  return (['secrets', 'configs'] as const).flatMap((kind) => {
    const definitions = (file[kind] ?? {}) as Record<string, { environment?: string }>
    const usual = kind === 'secrets' ? '/run/secrets/' : '/'
    return ((service[kind] ?? []) as Mount[]).flatMap(({ target = '', ...mount }) => {
      const variable = definitions[mount.source]?.environment
      const path = target.startsWith('/') ? target : `${usual}${target || mount.source}`
      return variable === undefined ? [] : [{ ...mount, path, variable }]
    })
  })
}

async function pack(
  mounts: readonly Delivery[],
  { app, find }: { app: string; find: (variable: string) => string | undefined },
): Promise<Uint8Array> {
  const { packTar } = await import('modern-tar')
  const entries = mounts.map(({ path, variable, uid, gid, mode }) => {
    const value = find(variable)
    if (value === undefined) throw missingSecret(variable, app)
    const body = new TextEncoder().encode(value)
    const owner = { uid: Number(uid ?? 0), gid: Number(gid ?? 0) }
    const header = {
      name: path.slice(1),
      size: body.length,
      mode: Number.parseInt(mode ?? '444', 8),
      ...owner,
    }
    return { header, body }
  })
  return packTar(entries)
}

/** Muelle's secrets first, then what Compose knows: `.env` of the project and the environment. */
async function lookUp(project: Project, vault: Vault): Promise<(variable: string) => string | undefined> {
  const [own, text] = await Promise.all([
    vault.read(project.app),
    composeWithSecrets(vault, project, { command: environment(project) }),
  ])
  return (variable) =>
    own.get(variable)?.value.reveal() ??
    text
      .split('\n')
      .find((line) => line.startsWith(`${variable}=`))
      ?.slice(variable.length + 1)
}

function readOnly(service: string): MuelleError {
  return new MuelleError(
    'SECRET_MISPLACED',
    `${service} is read-only, so no secret can be put into its files.`,
    {
      hint: 'Give it as an environment variable, or leave read_only: out.',
    },
  )
}
