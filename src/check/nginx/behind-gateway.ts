import type { Facts, ProxyFile } from '../facts.ts'
import type { Rule } from '../rule.ts'
import { type Found, find, placeOf } from './directives.ts'

const redirectLoop: Rule = {
  id: 'nginx-redirect-loop',
  severity: 'critical',
  reason:
    'The gateway ends TLS and asks the app’s own nginx over http. One that redirects all of that to https sends visitors round in circles, while its health check is well.',
  fix: 'Leave redirect and TLS to the gateway: in the server that has the pages write `listen 80;` instead of `listen 443 ssl;` and the `ssl_certificate` lines, without whose files nginx does not start. Where they stay mounted both may stay beside it, and the file goes on working without Muelle.',
  find: (facts) => {
    const asked = serversAsked(facts)
    const redirects = asked.map(({ server }) => redirectOf(server))
    // One that serves is enough: the others may be for names such as www.
    if (!redirects.every((redirect) => redirect !== undefined)) return []
    return asked.slice(0, 1).map(({ file, server }) => ({
      ...placeOf(facts, file, redirectOf(server) ?? server),
      what: 'Every page is a redirect to https, for which the gateway asks here again.',
      write:
        'In the server of port 443 write  listen 80;  instead of  listen 443 ssl;  and the ssl_certificate lines, and remove the server that only redirects',
    }))
  },
}

const schemeLost: Rule = {
  id: 'nginx-scheme-lost',
  severity: 'high',
  reason:
    'The gateway ends TLS and asks the app’s own nginx over http, so its $scheme is http. An app that believes it refuses forms (Django: “CSRF verification failed”) and writes links to http.',
  fix: '`proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;` passes on what the gateway says.',
  find: (facts) => {
    const { entrance } = facts.app
    if (entrance.kind !== 'domains' || entrance.tls === 'off') return []
    return ownFiles(facts).flatMap((file) =>
      find(file.directives, 'proxy_set_header')
        .filter(({ value }) => /^X-Forwarded-Proto\s+(?:\$scheme|["']?http["']?)$/i.test(value))
        .filter(({ within }) => isAsked(facts, within))
        .slice(0, 1)
        .map((directive) => ({
          ...placeOf(facts, file, directive),
          what: 'The app is told http, where the visitor came by https.',
          write: 'proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;',
        })),
    )
  },
}

/** The files of the nginx that the gateway passes requests to. */
function ownFiles({ app, proxyFiles }: Facts): ProxyFile[] {
  return proxyFiles.filter(({ service }) => service === app.web.service)
}

/** The servers in them that listen where the gateway asks. */
function serversAsked(facts: Facts): { file: ProxyFile; server: Found }[] {
  return ownFiles(facts).flatMap((file) =>
    find(file.directives, 'server')
      // In `upstream`, a server is an address.
      .filter(({ children }) => children !== undefined)
      .filter((server) => isAsked(facts, [server]))
      .map((server) => ({ file, server })),
  )
}

function isAsked({ app }: Facts, blocks: readonly Pick<Found, 'name' | 'children'>[]): boolean {
  const server = blocks.find(({ name }) => name === 'server')
  const listens = (server?.children ?? []).filter(({ name }) => name === 'listen')
  return listens.length === 0 || listens.some(({ value }) => portOf(value) === app.web.port)
}

/** `443 ssl`, `[::]:80 default_server`, `*:8080`, or an address alone, which is port 80. */
function portOf(listen: string): number {
  return Number(/^(?:\S+:)?(\d+)(?=\s|$)/.exec(listen)?.[1] ?? 80)
}

/** What answers everything with https, at the server itself or for `/`; not below an `if`. */
function redirectOf({ children = [] }: Pick<Found, 'children'>) {
  const root = children.find(({ name, value }) => name === 'location' && value === '/')
  return [...children, ...(root?.children ?? [])].find(
    ({ name, value }) =>
      (name === 'return' && /^30[1278]\s+["']?https:/.test(value)) ||
      (name === 'rewrite' && /^\^\S*\s+["']?https:/.test(value)),
  )
}

export const behindGatewayRules: readonly Rule[] = [redirectLoop, schemeLost]
