import type { ErrorCode } from '../errors/catalogue.ts'

/** What was seen of a failure. A cause is named from this alone, so what is not in here was not seen. */
export interface Symptoms {
  code: ErrorCode
  /** What the app, a command, the builder or Docker printed last, oldest first. */
  lines: readonly string[]
  /** The service that failed, where it is known which. */
  service?: string
  /** The port on which the gateway expects the service; of the web service only. */
  port?: number
  container?: FailedContainer
  /** Its own question, asked once more. */
  healthCheck?: { exitCode: number; output: string }
  /** The names that the file gives to its services. */
  names: Names
  /** Where the app's own containers are in Docker's networks. */
  addresses?: readonly string[]
  /** The names that `extra_hosts` gives to the service. */
  extraHosts?: readonly string[]
  /** Of the service, as Compose reads them. */
  environment: Readonly<Record<string, string | null>>
  releaseCommands: readonly string[]
  databases: readonly Database[]
  paths: readonly PathFact[]
  /** Of the images that a failed build was built upon: those that were made here, with what is really in them. */
  standIns?: readonly { official: string; holds: string }[]
  /** Docker networks of this machine. */
  networks?: number
  /** Who listens on the port of a gateway that could not start. */
  portHolder?: { port: number; holder: string }
}

export interface FailedContainer {
  name: string
  running: boolean
  exitCode: number
  /** Why Docker could not start it. */
  refusal?: string
  /** The kernel ended it, or a program in it, for its use of memory. */
  outOfMemory: boolean
  /** Bytes; undefined where nothing but the machine sets a limit. */
  memoryLimit?: number
  /** Empty means root. */
  user: string
  /** Processors that the image is made for, and that the machine has, in Docker's words: `amd64`, `arm64`. */
  architectures?: { image: string; machine: string }
  mounts: readonly { kind: string; source: string; target: string }[]
  /** Undefined when its network could not be looked into. */
  listening?: readonly Socket[]
}

export interface Socket {
  /** Whether only the container itself reaches it. */
  local: boolean
  port: number
}

export interface Names {
  /** Of services that are there before a release: databases, caches, brokers. */
  lasting: readonly string[]
  /** Of services that come with the release. */
  released: readonly string[]
}

export interface Database {
  service: string
  kind: 'PostgreSQL' | 'MySQL' | 'Redis'
  /** Whether it takes the user and the password of its own definition; undefined when it could not be asked. */
  takesItsOwnPassword?: boolean
}

/** A path that the output names, looked at where it lies. */
export interface PathFact {
  path: string
  /** On this machine, in a folder that is built from, or in the container. */
  at: 'machine' | 'build' | 'container'
  kind: 'file' | 'folder' | 'missing'
  /** How a file begins, one character for a byte. */
  head?: string
}
