import { parseDocument } from 'yaml'
import type { ComposeFile, ComposePort, ComposeService } from '../../app/compose.ts'
import { inferRoles } from '../../app/roles.ts'
import type { ServiceSettings } from '../../app/schema.ts'
import { MuelleError } from '../../errors/muelle-error.ts'

/** A Compose file as it is written, close enough to what Compose makes of it to tell what its services are. */
export interface WrittenCompose {
  file: ComposeFile
  roles: ReturnType<typeof inferRoles>
}

type Loose = Readonly<Record<string, unknown>>

/** @throws MuelleError COMPOSE_INVALID when it is no YAML, or has no services */
export function readCompose(path: string, text: string): WrittenCompose {
  const document = parseDocument(text, { merge: true, logLevel: 'silent' })
  const [error] = document.errors
  const content = error === undefined ? ((document.toJS({ maxAliasCount: -1 }) ?? {}) as Loose) : {}
  const services = content['services']
  if (error !== undefined || typeof services !== 'object' || services === null) {
    const what = error === undefined ? 'it has no services' : error.message.split('\n')[0]
    throw new MuelleError('COMPOSE_INVALID', `${path} is no Compose file: ${what}`, {
      hint: `Check it by hand:  docker compose -f ${path} config`,
    })
  }
  const file = { ...content, name: '', services: mapValues(services as Loose, normalise) } as ComposeFile
  const settings = mapValues(
    services as Loose,
    (each) => ((each as Loose | null)?.['x-muelle'] ?? {}) as ServiceSettings,
  )
  return { file, roles: inferRoles(file, settings) }
}

function mapValues<T>(record: Loose, change: (value: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

function normalise(written: unknown): ComposeService {
  const service = (written ?? {}) as Loose
  const build = service['build']
  return {
    ...service,
    ...(typeof build === 'string' ? { build: { context: build } } : {}),
    ports: listed(service['ports']).map(portOf),
    volumes: listed(service['volumes']).map(mountOf),
    depends_on: dependsOn(service['depends_on']),
  }
}

function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function portOf(port: unknown): ComposePort {
  if (typeof port === 'object' && port !== null) return port as ComposePort
  const [, published, target = '0', protocol] =
    /^(?:.*:)?(?:([^:]+):)?(\d+)(?:-\d+)?(?:\/(\w+))?$/.exec(String(port)) ?? []
  return {
    target: Number(target),
    ...(published === undefined ? {} : { published }),
    protocol: protocol ?? 'tcp',
  }
}

function mountOf(mount: unknown): { type: string; source?: string; target: string } {
  if (typeof mount === 'object' && mount !== null) return mount as { type: string; target: string }
  const [first = '', second] = String(mount).split(':')
  if (second === undefined) return { type: 'volume', target: first }
  return { type: /^[./~$]/.test(first) ? 'bind' : 'volume', source: first, target: second }
}

function dependsOn(value: unknown): Record<string, { condition: string }> {
  if (Array.isArray(value))
    return Object.fromEntries(value.map((name) => [String(name), { condition: 'service_started' }]))
  return (value ?? {}) as Record<string, { condition: string }>
}
