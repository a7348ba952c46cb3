import type { CliServices, Input, Io, Output } from '../command.ts'

/** What `muelle backup VERB` was asked. */
export interface Request {
  input: Input
  point: string | undefined
  io: Io
}

export type Verb = (request: Request, services: CliServices) => Promise<Output>
