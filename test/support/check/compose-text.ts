import { parse } from 'yaml'
import type { ComposeFile, ComposeMount, ComposePort, ComposeService } from '../../../src/app/compose.ts'
import { splitPair } from '../../../src/app/written.ts'

/**
 * A small Compose file as `docker compose config` would print it, as far as rules look: short forms become long ones, and
 * variables take their fallback. For rules on data; whether Compose agrees is asked in the integration test.
 */
export function readComposeText(text: string, directory: string): ComposeFile {
  const raw = parse(fillIn(text), { merge: true }) as {
    services: Record<string, Record<string, unknown>>
    volumes?: Record<string, object | null>
    networks?: Record<string, object | null>
    [key: string]: unknown
  }
  const services = Object.entries(raw.services).map(([name, service]) => [name, long(service, directory)])
  const named = (things: Record<string, object | null> | undefined) =>
    Object.fromEntries(
      Object.entries(things ?? {}).map(([key, thing]) => [key, { name: `shop_${key}`, ...thing }]),
    )
  return {
    ...raw,
    name: 'shop',
    services: Object.fromEntries(services) as Record<string, ComposeService>,
    volumes: named(raw.volumes),
    networks: named({ default: {}, ...raw.networks }),
  }
}

/** `${NAME:-fallback}` is the fallback, `${NAME}` nothing, and `$$` a dollar. */
function fillIn(text: string): string {
  return text.replaceAll(/\$\{\w+(?::?-([^}]*))?\}/g, (_, fallback: string | undefined) => fallback ?? '')
}

function long(service: Record<string, unknown>, directory: string): Record<string, unknown> {
  const { build, environment, ports, volumes, depends_on, networks, command, entrypoint } = service
  return {
    ...service,
    ...(build === undefined ? {} : { build: longBuild(build, directory) }),
    ...(environment === undefined ? {} : { environment: pairs(environment) }),
    ...(ports === undefined ? {} : { ports: (ports as unknown[]).map(longPort) }),
    ...(volumes === undefined
      ? {}
      : { volumes: (volumes as unknown[]).map((one) => longMount(one, directory)) }),
    ...(depends_on === undefined ? {} : { depends_on: longDependencies(depends_on) }),
    ...(command === undefined ? {} : { command: words(command) }),
    ...(entrypoint === undefined ? {} : { entrypoint: words(entrypoint) }),
    networks: Array.isArray(networks)
      ? Object.fromEntries(networks.map((name) => [name, null]))
      : (networks ?? { default: null }),
  }
}

function longBuild(build: unknown, directory: string): Record<string, unknown> {
  const given = typeof build === 'string' ? { context: build } : (build as { context?: string })
  const { context = '.' } = given
  return { dockerfile: 'Dockerfile', ...given, context: absolute(context, directory) }
}

function pairs(environment: unknown): Record<string, string | null> {
  const entries = Array.isArray(environment)
    ? environment.map((pair) => splitPair(String(pair)))
    : Object.entries(environment as Record<string, unknown>)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value === undefined ? null : String(value ?? '')]),
  )
}

function longPort(port: unknown): ComposePort {
  if (typeof port === 'object' && port !== null) return port as ComposePort
  const [target = '', published, host_ip] = String(port).split(':').reverse()
  return {
    mode: 'ingress',
    target: Number(target),
    protocol: 'tcp',
    ...(published === undefined ? {} : { published }),
    ...(host_ip === undefined ? {} : { host_ip }),
  }
}

function longMount(mount: unknown, directory: string): ComposeMount {
  if (typeof mount === 'object' && mount !== null) return mount as ComposeMount
  const [first = '', target] = String(mount).split(':')
  if (target === undefined) return { type: 'volume', target: first }
  const isBind = /^[./]/.test(first)
  return { type: isBind ? 'bind' : 'volume', source: isBind ? absolute(first, directory) : first, target }
}

function longDependencies(dependencies: unknown): Record<string, unknown> {
  if (!Array.isArray(dependencies)) return dependencies as Record<string, unknown>
  return Object.fromEntries(
    dependencies.map((name) => [name, { condition: 'service_started', required: true }]),
  )
}

/** As Compose splits a line: by spaces, with quotes around what holds some. */
function words(command: unknown): string[] {
  if (Array.isArray(command)) return command.map(String)
  return (String(command).match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) =>
    word.replace(/^(["'])(.*)\1$/s, '$2'),
  )
}

function absolute(path: string, directory: string): string {
  if (path.startsWith('/')) return path
  const rest = path.replace(/^\.\/?/, '')
  return rest === '' ? directory : `${directory}/${rest}`
}
