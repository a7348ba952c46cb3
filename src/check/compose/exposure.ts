import { ordersOn } from '../../app/servers.ts'
import { serverKindOf } from '../images.ts'
import { atKey, inCompose } from '../place.ts'
import type { Rule } from '../rule.ts'
import { each, publicPorts, running, withRole, writePort } from '../services.ts'

/** Ports on which servers show web pages. */
const webPorts = new Set([80, 443, 3000, 5000, 5555, 5601, 9000, 9001, 9090, 15_672])

const dbPortPublic: Rule = {
  id: 'compose-db-port-public',
  severity: 'critical',
  reason:
    'A database, cache or broker that publishes its port is tried by the whole internet, and Docker opens the port before a firewall such as ufw is asked.',
  fix: 'Remove `ports` from the service: other services reach it over the network of the app. For a tool on the same machine publish it on 127.0.0.1.',
  find: (facts) =>
    withRole(facts, 'backing').flatMap((service) => {
      const kind = serverKindOf(service)
      if (kind === undefined) return []
      return publicPorts(service.definition)
        .filter(({ target }) => ordersOn(kind).includes(target))
        .map((port) => ({
          ...inCompose(facts, service.name, 'ports'),
          what: `${service.name} takes connections from anywhere on port ${port.published ?? 'of Docker’s choice'}.`,
          write: `Remove the port of ${service.name}, or write  ports: ["127.0.0.1:${writePort(port)}"]`,
        }))
    }),
}

const portPastGateway: Rule = {
  id: 'compose-port-past-gateway',
  severity: 'high',
  reason:
    'Web pages of a service that releases leave alone are reached past the gateway: without TLS, its limits and its log. The ports of everything else are taken away, because the gateway answers in their place.',
  fix: 'Publish the port on 127.0.0.1 and reach it through `ssh -L`, or remove it.',
  find: (facts) =>
    withRole(facts, 'backing').flatMap((service) => {
      const kind = serverKindOf(service)
      const orders = kind === undefined ? [] : ordersOn(kind)
      return publicPorts(service.definition)
        .filter(
          ({ target }) => !orders.includes(target) && (webPorts.has(target) || /^8\d{3}$/.test(`${target}`)),
        )
        .map((port) => ({
          ...inCompose(facts, service.name, 'ports'),
          what: `Port ${port.published ?? port.target} of ${service.name} is reached past the gateway.`,
          write: `ports: ["127.0.0.1:${writePort(port)}"]`,
        }))
    }),
}

const dockerSocket: Rule = {
  id: 'compose-docker-socket',
  severity: 'critical',
  reason:
    'Whoever breaks into a container that has Docker’s socket is root on the machine; mounting it read-only changes nothing about that.',
  fix: 'Remove the mount, or put a proxy between that lets only the needed requests through.',
  find: (facts) =>
    each(running(facts), ({ name, definition }) => {
      const isMounted = (definition.volumes ?? []).some(({ source }) =>
        /^(?:\/var)?\/run\/docker\.sock$/.test(source ?? ''),
      )
      if (!isMounted) return undefined
      return {
        ...inCompose(facts, name, 'volumes'),
        what: `${name} has Docker’s socket.`,
        write: `Remove /var/run/docker.sock from the volumes of ${name}.`,
      }
    }),
}

const privileged: Rule = {
  id: 'compose-privileged',
  severity: 'critical',
  reason:
    'A privileged container reaches every device and the kernel of the machine: whoever breaks into it owns the machine.',
  fix: 'Remove `privileged`, and give the one capability or device that is needed by `cap_add` or `devices`.',
  find: (facts) =>
    each(running(facts), ({ name, definition }) =>
      definition.privileged === true
        ? {
            ...inCompose(facts, name, 'privileged'),
            what: `${name} runs privileged.`,
            write: `Remove  privileged: true  from ${name}.`,
          }
        : undefined,
    ),
}

const hostRootMounted: Rule = {
  id: 'compose-host-root-mounted',
  severity: 'critical',
  reason:
    'A container that has / or /etc of the machine reads every password of it, and unless the mount is read-only writes its own.',
  fix: 'Mount only the folder or the file that is needed.',
  find: (facts) =>
    running(facts).flatMap(({ name, definition }) =>
      (definition.volumes ?? [])
        .filter(
          ({ type, source }) => type === 'bind' && ['/', '/etc', '/etc/', '/root'].includes(source ?? ''),
        )
        .map(({ source }) => ({
          ...inCompose(facts, name, 'volumes'),
          what: `${name} has ${source} of the machine.`,
          write: `Mount only what ${name} needs of ${source}.`,
        })),
    ),
}

const hostNamespace: Rule = {
  id: 'compose-host-namespace',
  severity: 'high',
  reason:
    'In the machine’s own network, process or memory namespace a container reaches what listens on 127.0.0.1, or sees every process.',
  fix: 'Remove `network_mode: host`, `pid: host` or `ipc: host`; to reach a server on the machine use `extra_hosts: ["host.docker.internal:host-gateway"]`.',
  find: (facts) =>
    running(facts).flatMap(({ name, definition }) =>
      (['network_mode', 'pid', 'ipc'] as const)
        .filter((key) => definition[key] === 'host')
        .map((key) => ({
          ...inCompose(facts, name, key),
          what: `${name} shares the machine’s own ${{ network_mode: 'network', pid: 'processes', ipc: 'memory' }[key]}.`,
          write: `Remove  ${key}: host  from ${name}.`,
        })),
    ),
}

const capabilityDangerous: Rule = {
  id: 'compose-capability-dangerous',
  severity: 'high',
  reason: 'CAP_SYS_ADMIN and ALL let a program leave its container.',
  fix: 'Add only the capability that the program names when it fails.',
  find: (facts) =>
    running(facts).flatMap(({ name, definition }) =>
      (definition.cap_add ?? [])
        .filter((capability) => /^(?:CAP_)?(?:SYS_ADMIN|SYS_MODULE|ALL)$/i.test(capability))
        .map((capability) => ({
          ...inCompose(facts, name, 'cap_add'),
          what: `${name} has the capability ${capability}.`,
          write: `Remove ${capability} from  cap_add  of ${name}.`,
        })),
    ),
}

const includeRemote: Rule = {
  id: 'compose-include-remote',
  severity: 'high',
  reason:
    'What a file includes from another server changes without a commit of yours, and runs on this machine.',
  fix: 'Copy the included file into the project, or pin it to a commit.',
  find: (facts) =>
    facts.written.flatMap(({ content }) =>
      [content.include ?? []]
        .flat()
        .flatMap((entry: unknown) =>
          typeof entry === 'string' ? [entry] : [(entry as { path?: unknown } | null)?.path],
        )
        .flat()
        .filter((path): path is string => typeof path === 'string' && isMoving(path))
        .map((path) => ({
          ...atKey(facts, ['include']),
          what: `The file includes ${withoutLogin(path)}.`,
          write: 'Copy it into the project:  include: [their-compose.yaml]',
        })),
    ),
}

/** A token in a URL is a secret too. */
function withoutLogin(path: string): string {
  return path.replace(/\/\/[^/@]*@/, '//')
}

/** From another server, and not pinned to a commit or a digest. */
function isMoving(path: string): boolean {
  const isRemote = /^(?:https?:|git:|ssh:|oci:|git@|github\.com\/)/.test(path)
  return isRemote && !/#[0-9a-f]{40}(?::|$)|@sha256:[0-9a-f]{64}/.test(path)
}

export const exposureRules: readonly Rule[] = [
  dbPortPublic,
  dockerSocket,
  privileged,
  hostRootMounted,
  hostNamespace,
  capabilityDangerous,
  portPastGateway,
  includeRemote,
]
