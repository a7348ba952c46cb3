import { djangoServices } from '../django/recognise.ts'
import type { Directive, Facts, ProxyFile } from '../facts.ts'
import { baseImagesOf, compareVersions, readImageName, versionOf } from '../images.ts'
import { inCompose, relative } from '../place.ts'
import { programLine } from '../program.ts'
import type { Rule } from '../rule.ts'
import { each, environmentOf, publicPorts, released } from '../services.ts'
import { allOf, find, nginxServices, placeOf, proxies } from './directives.ts'

/** The first release without a known hole. */
const soundNginx = [1, 30, 4]

const versionOld: Rule = {
  id: 'nginx-version-old',
  severity: 'high',
  reason:
    'nginx before 1.30.4 has known holes, and a visitor’s request reaches the app’s own nginx as it was sent.',
  fix: '`image: nginx:1.30-alpine`, or no nginx of your own: the gateway does its work.',
  find: (facts) =>
    each(nginxServices(facts), (service) => {
      const [base] = baseImagesOf(facts, service)
      const said = facts.images[service.name]?.env['NGINX_VERSION']
      const version = versionOf(said ?? readImageName(base?.reference ?? '').tag ?? '')
      if (version.length === 0 || compareVersions(version, soundNginx) >= 0) return undefined
      const place =
        base?.file === undefined
          ? inCompose(facts, service.name, 'image')
          : { service: service.name, file: relative(facts.app.directory, base.file) }
      return {
        ...place,
        what: `${service.name} is nginx ${version.join('.')}.`,
        write: base?.file === undefined ? 'image: nginx:1.30-alpine' : 'FROM nginx:1.30-alpine',
      }
    }),
}

const bodyLimitDefault: Rule = {
  id: 'nginx-body-limit-default',
  severity: 'medium',
  reason: 'nginx refuses a request of more than 1 MB with status 413 unless told otherwise: uploads fail.',
  fix: '`client_max_body_size 20m;`',
  find: (facts) =>
    proxies(facts)
      .filter(({ files }) => find(allOf(files), 'proxy_pass').length > 0 && takesUploads(facts, files))
      .filter(({ files }) => find(allOf(files), 'client_max_body_size').length === 0)
      .flatMap(({ files: [file] }) =>
        file === undefined
          ? []
          : {
              ...placeOf(facts, file, { name: 'server', value: '' }),
              what: 'Uploads of more than 1 MB are refused.',
              write: 'client_max_body_size 20m;',
            },
      ),
}

function takesUploads({ django }: Facts, files: readonly ProxyFile[]): boolean {
  return django?.hasFileFields ?? mediaLocations(allOf(files)).length > 0
}

function mediaLocations(directives: readonly Directive[]) {
  return find(directives, 'location').filter(({ value }) => /\/(?:media|uploads?|user-?files)\b/.test(value))
}

const connectTimeoutDefault: Rule = {
  id: 'nginx-connect-timeout-default',
  severity: 'medium',
  reason:
    'nginx knows the replicas of an app by the addresses that it looked up. One that was removed a moment ago, as by `muelle scale`, keeps a visitor waiting for 60 s before the next one is asked.',
  fix: '`proxy_connect_timeout 2s;`: on the network of one machine a connection takes milliseconds.',
  find: (facts) =>
    proxies(facts)
      .filter(({ service }) => passesToReplicas(facts, service))
      .filter(({ files }) => find(allOf(files), 'proxy_connect_timeout').length === 0)
      .flatMap(({ files }) => files.find(({ directives }) => find(directives, 'proxy_pass').length > 0) ?? [])
      .map((file) => ({
        ...placeOf(facts, file, { name: 'server', value: '' }),
        what: 'A visitor waits a minute for a replica that is gone.',
        write: 'proxy_connect_timeout 2s;',
      })),
}

function passesToReplicas({ app }: Facts, proxy: string): boolean {
  return app.services.some(
    ({ name, role, replicas }) => name !== proxy && role === 'internal' && replicas > 1,
  )
}

const forwardedTrusted: Rule = {
  id: 'nginx-forwarded-trusted',
  severity: 'medium',
  reason:
    'A visitor can write any address into X-Forwarded-For: limits by address, logs and bans then meet someone else. (The gateway writes it anew, so an nginx that only the gateway reaches may believe it.)',
  fix: '`proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`, and `set_real_ip_from` with the address of the proxy in front only.',
  find: (facts) =>
    facts.proxyFiles
      .filter(({ service }) => visitorsReach(facts, service))
      .flatMap((file) => [
        ...find(file.directives, 'set_real_ip_from')
          .filter(({ value }) => /^(?:0\.0\.0\.0\/0|::\/0)$/.test(value))
          .map((directive) => ({
            ...placeOf(facts, file, directive),
            what: 'Everyone may say which address a request comes from.',
            write: 'set_real_ip_from 172.16.0.0/12;',
          })),
        ...find(file.directives, 'proxy_set_header')
          .filter(({ value }) => /^X-Forwarded-For\s+\$http_x_forwarded_for$/i.test(value))
          .map((directive) => ({
            ...placeOf(facts, file, directive),
            what: 'X-Forwarded-For is passed on as the visitor wrote it.',
            write: 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
          })),
      ]),
}

const gunicornForwarded: Rule = {
  id: 'gunicorn-forwarded-any',
  severity: 'high',
  reason:
    'A Gunicorn that believes everyone’s X-Forwarded headers, and that others than the gateway reach, takes plain http for https and any address for the visitor’s.',
  fix: 'Leave `--forwarded-allow-ips` out, or name the proxy’s address.',
  find: (facts) =>
    each(released(facts), (service) => {
      const line = programLine(facts, service)
      const environment = environmentOf(service).some(
        ([name, value]) => name === 'FORWARDED_ALLOW_IPS' && value === '*',
      )
      const isAny = /--forwarded-allow-ips[= ]["']?\*/.test(line) || environment
      if (!/\bgunicorn\b|\buvicorn\b/.test(line) || !isAny || !isExposed(facts, service.name))
        return undefined
      return {
        ...inCompose(facts, service.name, environment ? 'environment' : 'command'),
        what: `${service.name} believes the forwarded headers of everyone, and not only the gateway reaches it.`,
        write: 'Remove  --forwarded-allow-ips=*',
      }
    }),
}

/** Releases publish no ports, so only these networks hold strangers. */
function isExposed({ app: { file } }: Facts, service: string): boolean {
  const definition = file.services[service]
  const isShared = Object.keys(definition?.networks ?? {}).some(
    (name) => file.networks?.[name]?.external === true,
  )
  return definition?.network_mode === 'host' || isShared
}

const tlsOld: Rule = {
  id: 'nginx-tls-old',
  severity: 'high',
  reason:
    'TLS 1.0 and 1.1 can be broken. (Of an nginx behind the gateway nobody asks for TLS, so it is not meant.)',
  fix: '`ssl_protocols TLSv1.2 TLSv1.3;`',
  find: (facts) =>
    facts.proxyFiles
      .filter(({ service }) => visitorsReach(facts, service))
      .flatMap((file) =>
        find(file.directives, 'ssl_protocols')
          .filter(({ value }) => /\b(?:SSLv[23]|TLSv1(?:\.1)?)(?=\s|$)/.test(value))
          .map((directive) => ({
            ...placeOf(facts, file, directive),
            what: `Visitors may use ${directive.value}.`,
            write: 'ssl_protocols TLSv1.2 TLSv1.3;',
          })),
      ),
}

/** Past the gateway: a release has no ports of its own. */
function visitorsReach({ app }: Facts, name: string): boolean {
  const service = app.services.find((each) => each.name === name)
  if (service === undefined) return false
  return (
    service.definition.network_mode === 'host' ||
    (service.role === 'backing' && publicPorts(service.definition).length > 0)
  )
}

const defaultServerMissing: Rule = {
  id: 'nginx-default-server-missing',
  severity: 'medium',
  reason:
    'nginx answers a host name that it does not know with its first server. (With `x-muelle.domains` the gateway refuses such names before.)',
  fix: 'A server of its own for them: `listen 80 default_server; return 444;`, or `x-muelle: {domains: […]}`.',
  find: (facts) =>
    proxies(facts)
      .filter(({ service }) => facts.app.entrance.kind === 'port' || visitorsReach(facts, service))
      .flatMap(({ files }) => {
        const listens = find(allOf(files), 'listen')
        const names = find(allOf(files), 'server_name').filter(
          ({ value }) => !/^(?:_|localhost|""|'')$/.test(value),
        )
        const [file] = files
        if (
          file === undefined ||
          names.length === 0 ||
          listens.some(({ value }) => /\bdefault_server\b/.test(value))
        )
          return []
        return {
          ...placeOf(facts, file, { name: 'server', value: '' }),
          what: 'A host name that nobody meant is answered like the first one.',
          write: 'server { listen 80 default_server; return 444; }',
        }
      }),
}

const loginPath = /\/(?:login|log-in|signin|admin|accounts|auth|wp-login|api\/token)\b/

const loginUnlimited: Rule = {
  id: 'gateway-login-unlimited',
  severity: 'medium',
  reason: 'Without a limit a login page can be asked for thousands of passwords a minute.',
  fix: '`x-muelle: {paths: {/admin/login/: {rate: 30r/m, burst: 10}}}`',
  find: (facts) => {
    const { settings, web } = facts.app
    const own = proxies(facts).map(({ files }) => allOf(files))
    const isLimited =
      Object.values(settings.paths).some(({ rate }) => rate !== undefined) ||
      own.some((directives) => find(directives, 'limit_req').length > 0)
    const hasLogin =
      djangoServices(facts).length > 0 ||
      own.some((directives) => find(directives, 'location').some(({ value }) => loginPath.test(value)))
    if (isLimited || !hasLogin) return []
    return [
      {
        ...inCompose(facts, web.service, 'x-muelle'),
        what: 'Nothing limits how often a login is tried.',
        write: 'x-muelle: {paths: {/admin/login/: {rate: 30r/m, burst: 10}}}  at the top level',
      },
    ]
  },
}

const ocspStapling: Rule = {
  id: 'nginx-ocsp-stapling',
  severity: 'low',
  reason: 'Let’s Encrypt ended OCSP in 2025: nginx logs a warning for each certificate, and staples nothing.',
  fix: 'Remove `ssl_stapling` and `ssl_stapling_verify`.',
  find: (facts) =>
    facts.proxyFiles.flatMap((file) =>
      find(file.directives, 'ssl_stapling')
        .filter(({ value }) => value === 'on')
        .map((directive) => ({
          ...placeOf(facts, file, directive),
          what: 'OCSP stapling is on.',
          write: 'Remove  ssl_stapling on;',
        })),
    ),
}

const mediaExecutable: Rule = {
  id: 'nginx-media-executable',
  severity: 'medium',
  reason:
    'An upload that is an HTML page or an SVG picture runs its script as this site, with the cookies of whoever opens it.',
  fix: '`add_header Content-Disposition attachment;`, or `add_header Content-Security-Policy sandbox;`, in the location of the uploads.',
  find: (facts) =>
    facts.proxyFiles.flatMap((file) =>
      mediaLocations(file.directives)
        .filter(({ children = [] }) => find(children, 'alias').length + find(children, 'root').length > 0)
        .filter((location) => !isGuarded([...location.within, location]))
        .map((location) => ({
          ...placeOf(facts, file, location),
          what: `${location.value.replace(/^[~^=*\s]+/, '')} serves uploads as pages of this site.`,
          write: 'add_header Content-Security-Policy sandbox;',
        })),
    ),
}

/** nginx takes the headers of the innermost block that adds any. */
function isGuarded(blocks: readonly Directive[]): boolean {
  const headers = blocks.findLast(({ children = [] }) => children.some(({ name }) => name === 'add_header'))
  const isSandboxed = (headers?.children ?? []).some(
    ({ name, value }) =>
      name === 'add_header' &&
      /^Content-Disposition\b|^Content-Security-Policy\b.*\b(?:sandbox|script-src|default-src)\b/i.test(
        value,
      ),
  )
  return isSandboxed || (blocks.at(-1)?.children ?? []).some(({ name }) => name === 'types')
}

export const nginxRules: readonly Rule[] = [
  versionOld,
  gunicornForwarded,
  tlsOld,
  bodyLimitDefault,
  connectTimeoutDefault,
  forwardedTrusted,
  defaultServerMissing,
  loginUnlimited,
  mediaExecutable,
  ocspStapling,
]
