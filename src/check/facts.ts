import type { App } from '../app/app.ts'
import type { Dockerfile } from '../app/dockerfile.ts'
import type { WrittenFile } from '../app/written.ts'

/**
 * What the rules decide on, gathered by src/facts. What is not known is undefined or absent, and then a rule is silent.
 * It holds secrets; a finding never does.
 */
export interface Facts {
  app: App
  /** As 2026-11-24, because images come to the end of their life. */
  today: string
  written: readonly WrittenFile[]
  envFiles: readonly EnvFile[]
  /** What is in the folder from which a service is built. */
  builds: Readonly<Record<string, Build>>
  /** The image of a service, when it is here. */
  images: Readonly<Record<string, Image>>
  /** nginx files that services of the app mount. */
  proxyFiles: readonly ProxyFile[]
  django: Django | undefined
}

/** A file that gives variables to Compose or to a service. */
export interface EnvFile {
  path: string
  /** Anyone on the machine can read it, the folders above it included. */
  isWorldReadable: boolean
  isTracked: boolean
  values: Readonly<Record<string, string>>
}

export interface Build {
  context: string
  dockerfile: Dockerfile | undefined
  hasIgnoreFile: boolean
  /** Files of variables, by name, that `COPY . .` would take into the image. */
  sentEnvFiles: readonly string[]
  hasManagePy: boolean
  /** Small files that say what runs, by path in the context: requirements, lock files, Gunicorn's settings. */
  texts: Readonly<Record<string, string>>
}

export interface Image {
  id: string
  user: string
  env: Readonly<Record<string, string>>
  command: readonly string[]
  entrypoint: readonly string[]
  hasHealthcheck: boolean
  /** The command of each layer, oldest first. */
  history: readonly string[]
}

export interface ProxyFile {
  service: string
  path: string
  text: string
  directives: readonly Directive[]
}

/** A directive of nginx; `children` are there when it is a block. */
export interface Directive {
  name: string
  value: string
  children?: readonly Directive[]
}

/** What Django itself says in the built image. */
export interface Django {
  service: string
  version: string
  settingsModule: string
  debug: boolean
  secretKey: SecretKey
  allowedHosts: readonly string[]
  sessionCookieSecure: boolean
  csrfCookieSecure: boolean
  hstsSeconds: number
  sslRedirect: boolean
  hasProxySslHeader: boolean
  csrfTrustedOrigins: readonly string[]
  middleware: readonly string[]
  apps: readonly string[]
  static: Files
  media: Files
  /** A model keeps uploads in files. */
  hasFileFields: boolean
  emailBackend: string
  /** By alias. */
  databases: Readonly<Record<string, Database>>
  gunicorn: string | null
  /** Of `check --deploy`, without those that the project silences. */
  messages: readonly DjangoMessage[]
  silenced: readonly string[]
  /** Not applied to the database yet; null when it could not be asked. */
  pending: readonly Migration[] | null
}

/** Never the key itself. */
export interface SecretKey {
  length: number
  uniqueCharacters: number
  isPlaceholder: boolean
}

interface Files {
  url: string
  root: string
  backend: string
}

/** Of DATABASES. */
export interface Database {
  /** The module of Django's backend. */
  engine: string
  /** Empty for the backend's own default, and for a file. */
  host: string
  port: string
  /** The server's own, such as `15.8`; null when it could not be asked. */
  version: string | null
  /** Why it cannot be used; null when it can. */
  error: string | null
}

interface DjangoMessage {
  id: string
  level: number
  message: string
  hint: string
}

interface Migration {
  name: string
  /** Operations that take away what the release before still uses. */
  destructive: readonly string[]
}
