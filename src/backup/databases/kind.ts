import type { EffectOptions, ImageConfig, ToolOptions } from '../../engine/port.ts'
import type { ServerDump, Swap } from '../manifest.ts'

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
  run(program: string, argv: readonly string[], options?: ToolOptions): Promise<string>
  /** Whether its image has a program. */
  has(program: string): Promise<boolean>
  /** Variables of the container, of which the official images know the first user. */
  variable(name: string): Promise<string | undefined>
}

/**
 * What Muelle knows of one kind of database server. Backup, drill and restore go the same way through it: a drill loads
 * into a scratch server exactly what a restore loads into the app's own.
 */
export interface DatabaseKind {
  /** Bytes that its databases take. */
  size(server: Server): Promise<number>
  /** Dumps every database with its roles into files whose names begin with `prefix`, and counts in the same snapshot. */
  dump(server: Server, prefix: string, options: EffectOptions): Promise<ServerDump>
  /** Variables with which the image makes an empty server that lets every client in, and where that keeps its data. */
  scratch(
    dump: Pick<ServerDump, 'user'>,
    image: ImageConfig,
  ): { variables: Readonly<Record<string, string>>; data: string }
  /** Ends once the server answers. */
  isReady(server: Server, dump: ServerDump): Promise<boolean>
  /**
   * Loads every database under another name, beside what is there, and compares it with what the manifest says.
   * May be called again, and then begins anew.
   * @throws MuelleError BACKUP_UNPROVEN
   */
  load(
    server: Server,
    dump: ServerDump,
    options: EffectOptions & { rename(name: string): string },
  ): Promise<void>
  /** Looks at the pages of what was loaded, where the image has a program for it. @throws MuelleError BACKUP_UNPROVEN */
  examine(
    server: Server,
    dump: ServerDump,
    options: EffectOptions & { rename(name: string): string },
  ): Promise<void>
  /** Names of all databases. */
  list(server: Server): Promise<string[]>
  /** Ends all connections and swaps, all of them or none; those that have swapped already stay. */
  swap(server: Server, swaps: readonly Swap[]): Promise<void>
  drop(server: Server, names: readonly string[]): Promise<void>
}
