import type { Command } from '../app/schema.ts'

/** The database that an app uses, or is to use. */
export type DatabaseKind = 'postgres' | 'mysql' | 'sqlite' | 'external' | 'none'

/** What a person chose; whatever is undefined is taken from what was found. */
export interface Choices {
  domains: readonly string[]
  email?: string | undefined
  database?: { kind: DatabaseKind; version?: string | undefined } | undefined
  port?: number | undefined
  /** Of several settings modules of Django. */
  settings?: string | undefined
  /** Of several Celery apps. */
  celery?: string | undefined
  /** Of several Compose files. */
  composeFile?: string | undefined
  /** Files that are there and may be replaced. */
  replaces?: 'all' | readonly string[]
}

export function mayReplace({ replaces = [] }: Choices, path: string): boolean {
  return replaces === 'all' || replaces.includes(path)
}

/** A variable of the app's environment. */
export interface Variable {
  name: string
  /** As the Compose file has it; null passes on what `.env` or the shell say, and nothing when they are silent. */
  value: string | null
}

/** A process of the app beside the one that answers HTTP. */
export interface Worker {
  name: string
  command: readonly string[]
  /** `30s`; how long it may take to end. */
  grace: string
  memory: string
  volumes: readonly Mount[]
}

export interface Mount {
  volume: string
  /** The folder in the container. */
  target: string
}

/** What the files are written from, whatever kind of project it is. */
export interface Blueprint {
  kind: 'django' | 'flask' | 'node'
  /** Of the Compose project. */
  name: string
  port: number
  health: string | undefined
  domains: readonly string[]
  email: string | undefined
  /** Commands that run once in the new image. */
  release: readonly Command[]
  environment: readonly Variable[]
  /** Of the web service, and of every worker that handles uploads. */
  volumes: readonly Mount[]
  /** Volume by URL path. */
  static: Readonly<Record<string, string>>
  /** Paths with a login, where tries are limited. */
  logins: readonly string[]
  workers: readonly Worker[]
  database: { kind: DatabaseKind; version: string | undefined }
  redis: boolean
  /** Variables without which Compose refuses to start, by name, with what to say of each in `.env.example`. */
  required: readonly Required[]
  /** Variables that the app knows and that have a value of their own. */
  optional: readonly string[]
  /** Files beside `compose.yaml`, `.env.example` and what all kinds of project get. */
  files: readonly NewFile[]
}

export interface Required {
  name: string
  about: string
  /** Whether a random value does; the others are known to a person only. */
  isGenerated: boolean
}

export interface NewFile {
  path: string
  text: string
}

/** Something that the project itself lacks, which Muelle does not write into it. */
export interface Gap {
  id: string
  file: string
  /** Where, from 1; undefined when it goes to the end of the file, or into a new one. */
  line?: number
  /** Why it matters. */
  why: string
  /** The exact lines. */
  write: string
  /** Whether they replace what stands there. */
  isReplacing?: boolean
}

/** Something of which there are several, and the one that was taken. */
export interface Ambiguity {
  name: 'settings' | 'celery'
  /** For people. */
  question: string
  choices: readonly string[]
  chosen: string
}

/** What was found out about a project, and what follows from it. */
export interface Findings {
  blueprint: Blueprint
  /** For people and `--json`: what was recognised, and from where. */
  found: readonly Fact[]
  gaps: readonly Gap[]
  ambiguities: readonly Ambiguity[]
  notes: readonly string[]
}

export interface Fact {
  what: string
  value: string
  /** The file that tells it. */
  from?: string
}
