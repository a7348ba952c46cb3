import type { EffectOptions, ImageConfig, ToolOptions } from '../../engine/port.ts'
import type { Column } from '../columns.ts'
import type { HeldLock } from '../locks.ts'
import type { ServerDump, Swap } from '../manifest.ts'
import type { Mount } from '../tool.ts'

/** A server that runs: the app's own, or a scratch one. */
export interface Server {
  service: string
  /** Id of its container. */
  container: string
  /** The image that it runs, whose own client programs are used. */
  image: string
  /**
   * Runs a program of that image in the network of the server, with the folder of the dumps at `inside.dump`.
   * @returns its standard output. @throws MuelleError BACKUP_FAILED with its last lines when it does not end with 0
   */
  run(program: string, argv: readonly string[], options?: ServerOptions): Promise<string>
  /** Whether its image has a program. */
  has(program: string): Promise<boolean>
  /** Variables of the container, of which the official images know the first user. */
  variable(name: string): Promise<string | undefined>
  /** Of a server outside Docker, whose container only stands in for it. */
  access?: Access
}

/** How a server outside Docker is reached. */
export interface Access {
  /** HOST:PORT, for people. */
  at: string
  /** The one database of it that is the app's. */
  database: string
  user: string
  /** The service of the file in whose place it is asked. */
  asks: string
  /** The variable that has the password, where one has. */
  passwordIn?: string
  /** With the password. */
  env: Readonly<Record<string, string>>
  /** What of this machine its programs need to see, such as a certificate. */
  mounts: readonly Mount[]
}

export interface ServerOptions extends ToolOptions {
  /** In the server's own container, without the folder of the dumps: that takes a tenth of a second, not a whole one. */
  isInServer?: boolean
}

/** How an image makes an empty server that lets every client in. */
export interface Scratch {
  variables: Readonly<Record<string, string>>
  /** For the server's program. */
  argv: readonly string[]
  /** Besides, for one that nobody measures: it does not wait for the disk, and is of no use after a crash. */
  forgetful: readonly string[]
  /** Where it keeps its data. */
  data: string
}

/**
 * What Muelle knows of one kind of database server. Backup, drill and restore go the same way through it: a drill loads
 * into a scratch server exactly what a restore loads into the app's own.
 */
export interface DatabaseKind<Dump extends ServerDump = ServerDump> {
  /** As the server says it. */
  version(server: Server): Promise<string>
  /** Bytes that its databases take. */
  size(server: Server): Promise<number>
  /** Whether there is nothing in it yet; where it cannot be told, there is. */
  isEmpty?(server: Server): Promise<boolean>
  /** Dumps every database with its roles into files whose names begin with `prefix`, and counts in the same snapshot. */
  dump(server: Server, prefix: string, options: EffectOptions): Promise<Dump>
  scratch(dump: Dump, image: ImageConfig): Scratch
  /** What a database is called in a scratch server. */
  inScratch(name: string): string
  /** Whether the server answers. */
  isReady(server: Server, dump: Dump): Promise<boolean>
  /**
   * Loads every database under another name, beside what is there, and compares it with what the manifest says.
   * May be called again, and then begins anew. A scratch server sorts as its image can.
   * @throws MuelleError BACKUP_UNPROVEN, or RESTORE_FAILED for a server that lacks what the dump needs
   */
  load(
    server: Server,
    dump: Dump,
    options: EffectOptions & { rename(name: string): string; isScratch?: boolean },
  ): Promise<void>
  /** Looks at the pages of what was loaded, where the image has a program for it. @throws MuelleError BACKUP_UNPROVEN */
  examine(
    server: Server,
    dump: Dump,
    options: EffectOptions & { rename(name: string): string },
  ): Promise<void>
  /** The columns of all tables of the app's databases. */
  columns?(server: Server, dump: Dump): Promise<Column[]>
  /** Looks at the locks that others wait with, from now on, until it is asked for them. */
  watchLocks?(server: Server, dump: Dump): Promise<() => Promise<HeldLock[]>>
  /** Names of all databases. */
  list(server: Server): Promise<string[]>
  /** Ends all connections and swaps, all of them or none; those that have swapped already stay. */
  swap(server: Server, swaps: readonly Swap[]): Promise<void>
  drop(server: Server, names: readonly string[]): Promise<void>
  /** @throws MuelleError DATABASE_UNUSABLE when a restore point could not be put in place there; changes nothing */
  refuseRestore?(server: Server): Promise<void>
}
