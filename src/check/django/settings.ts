import type { Django, Facts, SecretKey } from '../facts.ts'
import { inCompose } from '../place.ts'
import type { Finding, Rule } from '../rule.ts'
import { isPlaceholder, isReference, isWeakPassword } from '../secrets.ts'
import { environmentOf } from '../services.ts'
import { djangoServers, isBehindTls } from './recognise.ts'

interface Decision {
  /** The variable from which projects take the setting. */
  variable?: RegExp
  inDjango: (django: Django) => Finding | undefined
  inEnvironment?: (variable: Variable) => Finding | undefined
}

interface Variable {
  service: string
  name: string
  value: string
}

/**
 * What Django says in the built image decides. Before there is one, the environment that the Compose file gives it tells
 * of the settings that projects take from there.
 */
function decide(facts: Facts, { variable, inDjango, inEnvironment }: Decision): Finding[] {
  const { django } = facts
  const variables = djangoServers(facts).flatMap((service) =>
    environmentOf(service)
      .filter(([name]) => variable?.test(name) === true)
      .map(([name, value]): Variable => ({ service: service.name, name, value })),
  )
  const placeOf = ({ service, name }: Variable) => inCompose(facts, service, 'environment', name)
  if (django === undefined) {
    return variables.flatMap((one) => {
      const found = inEnvironment?.(one)
      return found === undefined ? [] : { ...placeOf(one), ...found }
    })
  }
  const found = inDjango(django)
  const own = variables.find(({ service }) => service === django.service)
  if (found === undefined) return []
  return [{ ...(own === undefined ? { service: django.service } : placeOf(own)), ...found }]
}

const debugOn: Rule = {
  id: 'django-debug-on',
  severity: 'critical',
  reason:
    'With DEBUG on, an error shows visitors the source, the settings and the local variables around it.',
  fix: '`DEBUG=False` in the environment, and `DEBUG = os.environ.get("DEBUG") == "True"` in the settings.',
  find: (facts) =>
    decide(facts, {
      variable: /^(?:DJANGO_)?DEBUG$/,
      inDjango: ({ debug, settingsModule }) =>
        debug ? { what: `DEBUG is on in ${settingsModule}.`, write: 'DEBUG=False  in .env' } : undefined,
      inEnvironment: ({ service, name, value }) =>
        /^(?:true|1|yes|on)$/i.test(value.trim())
          ? { what: `${name} of ${service} is on.`, write: `${name}: "False"` }
          : undefined,
    }),
}

const secretKeyWeak: Rule = {
  id: 'django-secret-key-weak',
  severity: 'critical',
  reason: 'Whoever knows or guesses SECRET_KEY signs in as anyone.',
  fix: 'At least 50 random characters from `python -c "import secrets; print(secrets.token_urlsafe(50))"`, in `.env`.',
  find: (facts) =>
    decide(facts, {
      variable: /^(?:DJANGO_)?SECRET_KEY$/,
      inDjango: ({ secretKey }) =>
        isWeakKey(secretKey)
          ? { what: `SECRET_KEY is ${describeKey(secretKey)}.`, write: newKey('SECRET_KEY') }
          : undefined,
      inEnvironment: ({ service, name, value }) => {
        const key = measureKey(value)
        if (value === '' || isReference(value) || !isWeakKey(key)) return undefined
        return { what: `${name} of ${service} is ${describeKey(key)}.`, write: newKey(name) }
      },
    }),
}

function measureKey(key: string): SecretKey {
  const isWords = isWeakPassword(key) && !/\d{4}/.test(key)
  return {
    length: key.length,
    uniqueCharacters: new Set(key).size,
    isPlaceholder: key.startsWith('django-insecure-') || isPlaceholder(key) || isWords,
  }
}

/** Django itself warns below 50 characters; what is here is weak beyond dispute. */
function isWeakKey({ length, uniqueCharacters, isPlaceholder: isNone }: SecretKey): boolean {
  return length < 32 || uniqueCharacters < 5 || isNone
}

function describeKey({ length, isPlaceholder: isNone }: SecretKey): string {
  if (isNone) return 'one that is written down somewhere, or made of words'
  return length < 32 ? `only ${length} characters long` : 'made of very few characters'
}

function newKey(name: string): string {
  return `echo "${name}=$(openssl rand -hex 32)" >> .env`
}

const hostsOpen: Rule = {
  id: 'django-hosts-open',
  severity: 'high',
  reason:
    'With `*` Django believes any host name that a visitor sends, and writes it into links such as those for a new password; with none it answers nobody.',
  fix: '`ALLOWED_HOSTS=shop.example.com`, the same names as in `x-muelle.domains`.',
  find: (facts) =>
    decide(facts, {
      variable: /^(?:DJANGO_)?ALLOWED_HOSTS$/,
      inDjango: ({ allowedHosts, debug }) => {
        if (allowedHosts.includes('*'))
          return { what: 'ALLOWED_HOSTS allows any name.', write: writeHosts(facts) }
        return allowedHosts.length === 0 && !debug
          ? { what: 'ALLOWED_HOSTS is empty.', write: writeHosts(facts) }
          : undefined
      },
      inEnvironment: ({ service, name, value }) => {
        if (value !== '' && !value.split(/[\s,]+/).includes('*')) return undefined
        const what = value === '' ? 'is empty' : 'allows any name'
        return { what: `${name} of ${service} ${what}.`, write: writeHosts(facts) }
      },
    }),
}

function writeHosts({ app: { entrance } }: Facts): string {
  return `ALLOWED_HOSTS=${entrance.kind === 'domains' ? entrance.domains.join(',') : 'shop.example.com'}  in .env`
}

const cookiesInsecure: Rule = {
  id: 'django-cookies-insecure',
  severity: 'high',
  reason:
    'A cookie without Secure is sent over plain http too, where anyone on the way reads it and is signed in.',
  fix: '`SESSION_COOKIE_SECURE = True` and `CSRF_COOKIE_SECURE = True`.',
  find: (facts) =>
    decide(facts, {
      inDjango: ({ sessionCookieSecure, csrfCookieSecure, apps, middleware, silenced }) => {
        if (!isBehindTls(facts)) return undefined
        const hasSessions = apps.includes('django.contrib.sessions')
        const hasCsrf = middleware.some((name) => name.endsWith('CsrfViewMiddleware'))
        const open = [
          ...(hasSessions && !sessionCookieSecure && !silenced.includes('security.W012')
            ? ['SESSION_COOKIE_SECURE']
            : []),
          ...(hasCsrf && !csrfCookieSecure && !silenced.includes('security.W016')
            ? ['CSRF_COOKIE_SECURE']
            : []),
        ]
        if (open.length === 0) return undefined
        return {
          what: `${open.join(' and ')} ${open.length === 1 ? 'is' : 'are'} off.`,
          write: open.map((name) => `${name} = True`).join('; '),
        }
      },
    }),
}

const monthSeconds = 30 * 24 * 60 * 60

const hstsShort: Rule = {
  id: 'django-hsts-short',
  severity: 'medium',
  reason:
    'Until a browser was told to use https only, the first request of each visit can be caught on the way. (With a certificate that browsers trust the gateway tells them.)',
  fix: '`SECURE_HSTS_SECONDS = 31536000`, once https works.',
  find: (facts) =>
    decide(facts, {
      inDjango: ({ hstsSeconds, silenced }) => {
        const isSilenced = silenced.includes('security.W004')
        if (hstsSeconds >= monthSeconds || isSilenced || !isLeftToDjango(facts)) return undefined
        return { what: `SECURE_HSTS_SECONDS is ${hstsSeconds}.`, write: 'SECURE_HSTS_SECONDS = 31536000' }
      },
    }),
}

/** TLS ends before the gateway, or the gateway was told to leave the header out. A browser ignores it with a certificate that it does not trust. */
function isLeftToDjango({ app: { entrance, settings } }: Facts): boolean {
  if (entrance.kind === 'port' || entrance.tls === 'self-signed') return false
  return entrance.tls === 'off' || settings.headers['Strict-Transport-Security'] === ''
}

const proxyHeader = 'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")'

const redirectLoop: Rule = {
  id: 'django-redirect-loop',
  severity: 'high',
  reason:
    'The gateway ends TLS and asks the app over http; Django then redirects to https for ever, unless it is told how it was asked.',
  fix: `\`${proxyHeader}\``,
  find: (facts) =>
    decide(facts, {
      inDjango: ({ sslRedirect, hasProxySslHeader }) =>
        sslRedirect && !hasProxySslHeader
          ? { what: 'SECURE_SSL_REDIRECT is on, and SECURE_PROXY_SSL_HEADER is not set.', write: proxyHeader }
          : undefined,
    }),
}

const csrfOriginsMissing: Rule = {
  id: 'django-csrf-origins-missing',
  severity: 'medium',
  reason:
    'Since Django 4 a form that is sent over https is refused unless Django knows that it was asked over https, or trusts the origin by name.',
  fix: `\`${proxyHeader}\`, or \`CSRF_TRUSTED_ORIGINS = ["https://shop.example.com"]\`.`,
  find: (facts) =>
    decide(facts, {
      inDjango: ({ csrfTrustedOrigins, hasProxySslHeader, middleware, version }) => {
        const hasCsrf = middleware.some((name) => name.endsWith('CsrfViewMiddleware'))
        const isKnown = csrfTrustedOrigins.length > 0 || hasProxySslHeader
        if (!isBehindTls(facts) || !hasCsrf || isKnown || Number.parseInt(version, 10) < 4) return undefined
        return {
          what: 'Django takes each request for http and trusts no https origin: forms answer 403.',
          write: proxyHeader,
        }
      },
    }),
}

export const djangoSettingRules: readonly Rule[] = [
  debugOn,
  secretKeyWeak,
  hostsOpen,
  cookiesInsecure,
  redirectLoop,
  hstsShort,
  csrfOriginsMissing,
]
