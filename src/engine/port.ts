import type { ComposeFile } from '../app/compose.ts'
import type { Resources } from '../app/resources.ts'
import type { WrittenFile } from '../app/written.ts'
import type { FailedContainer, Socket } from '../diagnosis/symptoms.ts'

/**
 * What Muelle needs from whatever runs the containers. Docker is the default implementation (engine/docker);
 * the planner, the runner and the gateway know only this interface.
 */
export interface Engine {
  // Every change may throw MuelleError DOCKER_COMMAND_FAILED with the last lines of its output.

  /** The engine's version. @throws MuelleError DOCKER_UNAVAILABLE */
  version(): Promise<string>

  /** Bytes that are free where the engine keeps images and volumes; undefined when that is on another machine. */
  freeBytes(): Promise<number | undefined>
  /**
   * Bytes of memory and swap that new containers can have; undefined when the engine is on another machine, or its
   * system does not tell.
   */
  availableMemory(): Promise<number | undefined>
  /** Bytes of memory that only the end of a running container gives back; undefined where nothing tells. */
  memoryOf(container: string): Promise<number | undefined>
  /** What a container takes now, as `docker stats` counts. */
  usage(container: string): Promise<Resources>

  /** Containers that carry Muelle's label of this installation and match every given field. */
  containers(filter: ContainerFilter): Promise<Container[]>
  /**
   * Brings the list of an app's containers up to date: what Docker could not write while its disk was full is missing
   * from its list ever after, and a container that has ended goes on "running" there.
   */
  refreshList(app: string): Promise<void>
  /** How often its restart policy has started a container again since Muelle did. */
  restarts(container: string): Promise<number>
  /** The engine's own clock, by which it writes its logs: milliseconds since the epoch. */
  date(): Promise<number>
  /** When the container last started, in milliseconds since the epoch. */
  startedAt(container: string): Promise<number>
  /** The last `lines` lines of a container's output, oldest first. */
  logs(container: string, lines: number): Promise<string[]>
  /** What a container wrote since a moment (milliseconds since the epoch), and the moment of its last line. */
  logsSince(container: string, since: number): Promise<{ lines: string[]; until: number }>
  /** The processes of a container, with the titles that they give themselves. */
  processes(container: string): Promise<{ pid: number; title: string }[]>
  /** Runs a command in a running container. A non-zero exit code is a result, not an error. */
  exec(container: string, argv: readonly string[]): Promise<ExecResult>
  /** The command of the container's health check, as an argument array to `exec`; none when it has no check. */
  healthCommand(container: string): Promise<readonly string[] | undefined>

  evidence: Evidence

  /** Ends the commands that a dead process (`Services.runner`) left running. */
  endCommandsOf(runner: string): Promise<void>

  /** The id of a local image, or undefined. */
  imageId(reference: string): Promise<string | undefined>
  /** What a local image says of itself, or undefined. */
  imageConfig(reference: string): Promise<ImageConfig | undefined>
  /** @throws MuelleError IMAGE_UNAVAILABLE */
  pull(reference: string, options: EffectOptions): Promise<void>
  /** Gives an image another name. */
  tagImage(id: string, tag: string): Promise<void>
  /** Removes a tag, and the image with its last one. */
  removeImage(reference: string): Promise<void>

  /** Makes sure that the network exists; an existing one is left as it is. */
  ensureNetwork(network: LastingThing): Promise<void>
  /** Makes sure that the volume exists; an existing one is left as it is. */
  ensureVolume(volume: LastingThing): Promise<void>
  /** @returns false when the network stays, because containers that are not Muelle's are on it */
  removeNetwork(name: string): Promise<boolean>
  removeVolume(name: string): Promise<void>

  /** Builds every service of a rendered build file. @throws MuelleError BUILD_FAILED or DISK_FULL */
  build(project: Project, options: EffectOptions): Promise<void>
  /**
   * Removes from the build cache what was not used for longest, until it takes so many bytes. It has no labels, so this
   * is also what others built.
   */
  trimBuildCache(keepBytes: number): Promise<void>
  /** Creates the containers of services of a rendered file, or as many as `scale` says, and starts none. */
  create(
    project: Project,
    services: readonly string[],
    options: EffectOptions & { scale?: Readonly<Record<string, number>> },
  ): Promise<void>
  /** Starts a container that was created or has stopped. */
  start(container: string): Promise<void>
  /** Creates and starts services of a rendered file, in their order; does nothing for those that run as written. */
  up(project: Project, services: readonly string[], options: EffectOptions): Promise<void>
  /** Stops a container in the time that the file grants it, and keeps it. */
  stopContainer(container: string): Promise<void>
  /** Stops services and keeps their containers. */
  stop(project: Pick<Project, 'name'>, services: readonly string[], options: EffectOptions): Promise<void>
  /** Stops and removes a project's containers and its own networks, with or without its file; never a volume. */
  down(project: Pick<Project, 'name'>, options: EffectOptions): Promise<void>
  /**
   * Runs one service of the file to its end, and removes its container. With `argv` that runs in it, and neither its
   * command nor the entrypoint of its image, which may do more.
   */
  runOnce(
    project: Project,
    service: string,
    options: EffectOptions & { argv?: readonly string[] },
  ): Promise<void>

  /**
   * Runs a program to its end, in a container of its own (`run …`) or in one that runs (`exec …`). A non-zero exit code
   * is a result.
   * @throws MuelleError DOCKER_COMMAND_FAILED when the container could not be started
   */
  tool(argv: readonly string[], options: ToolOptions): Promise<ToolResult>
  /** Starts a single container from `docker run` arguments; used for the gateway. */
  run(argv: readonly string[]): Promise<void>
  /** Sends a signal to a running container. */
  signal(container: string, signal: 'HUP' | 'QUIT'): Promise<void>
  /** Lets a container end by itself without being started again. */
  letEnd(container: string): Promise<void>
  removeContainer(container: string): Promise<void>
  rename(container: string, name: string): Promise<void>
  /** Joins a container to a network that it is not yet part of. */
  connect(network: string, container: string): Promise<void>
  disconnect(network: string, container: string): Promise<void>
}

/** What tells why something does not work. Each answer is undefined where nothing tells. */
export interface Evidence {
  /** Whether paths of this machine are also the engine's. */
  isLocal: boolean
  condition(container: string): Promise<Omit<FailedContainer, 'listening'> | undefined>
  /** The engine's own, with secrets taken out of what is printed. */
  exec: Engine['exec']
  /** What listens in the network of a running container. */
  listening(container: string): Promise<Socket[] | undefined>
  /** How a file in a container begins, one character for a byte; undefined when there is none. */
  readHead(container: string, path: string): Promise<string | undefined>
  /** How many networks the engine has. */
  networks(): Promise<number | undefined>
  /** Who listens on a port of the machine, for people. */
  portHolder(port: number): Promise<string | undefined>
}

/** A Compose project and the file it is run from. */
export interface Project {
  name: string
  /** The app whose secrets the file may use. */
  app: string
  file: string
  /** The user's folder, from which relative paths and `.env` are read. */
  directory: string
}

export interface EffectOptions {
  signal?: AbortSignal
  /** Receives each line of output as it comes. */
  onLine?: (line: string) => void
}

export interface ToolOptions extends EffectOptions {
  /** What the program reads from its standard input, which stays open until `until` is settled. */
  input?: string
  until?: Promise<unknown>
  /** Receives each line of standard output as it is, which is kept nowhere else then: there may be very many. */
  onOutput?: (line: string) => void
  /** Values of variables that the arguments name and do not give, so that no list of processes shows them. */
  env?: Readonly<Record<string, string>>
}

export interface ToolResult {
  /** Undefined when it was ended by a signal. */
  exitCode: number | undefined
  stdout: string
  /** The last lines of both streams. */
  lines: readonly string[]
}

/** Every field that is given must match. */
export interface ContainerFilter {
  /** The gateway pod it belongs to. */
  pod?: string
  app?: string
  release?: number
  role?: string
  service?: string
}

export interface Container {
  id: string
  name: string
  app: string
  /** The release it belongs to; none for backing services and the gateway. */
  release: number | undefined
  service: string
  role: string
  /** Digest of the definition that it was made from; of backing services only. */
  definition: string | undefined
  image: string
  running: boolean
  /** For people: `Up 3 hours`, `Exited (1) 5 seconds ago`. */
  status: string
  /** IP address by network name. */
  addresses: Readonly<Record<string, string>>
}

export interface ImageConfig {
  id: string
  user: string
  /** `NAME=value`. */
  env: readonly string[]
  entrypoint: readonly string[]
  command: readonly string[]
  hasHealthcheck: boolean
  /** The command that made each layer, newest first, with the arguments of the build. */
  history: readonly string[]
}

export interface ExecResult {
  exitCode: number
  output: string
}

export interface LastingThing {
  /** Full name in the engine. */
  name: string
  /** Its key in the Compose file, so that plain Compose recognises it as its own. */
  key: string
  app: string
  driver?: string
  driverOpts?: Readonly<Record<string, string>>
  internal?: boolean
}

export interface ComposeSource {
  directory: string
  /** Compose files in order, later ones overriding earlier ones; empty means the usual one. */
  files: readonly string[]
  /** What is not production has a project name, override files and env files of its own. */
  environment: string
}

export interface LoadedCompose {
  file: ComposeFile
  directory: string
  /** The files that were read, in order. */
  written: readonly WrittenFile[]
  warnings: readonly string[]
  /** For another environment: the same folder as production has it, as far as that can be read. */
  production?: ComposeFile
}

/** Reads what users wrote. */
export interface ComposeLoader {
  /** The files as their author wrote them, without asking Compose. @throws MuelleError COMPOSE_FILE_MISSING */
  written(source: ComposeSource): Promise<readonly WrittenFile[]>
  /** The project name of a file whose variables may not be set yet. @throws as `load` does */
  projectName(source: ComposeSource): Promise<string>
  /** @throws MuelleError COMPOSE_FILE_MISSING, COMPOSE_INVALID, SECRET_MISPLACED, SECRET_MISSING or DOCKER_UNAVAILABLE */
  load(source: ComposeSource): Promise<LoadedCompose>
  /** The text of a file that is mounted, or of all files of a folder; empty when there is none yet. */
  readMounted(path: string): Promise<string>
}
