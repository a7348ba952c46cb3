import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Actor, Need } from '../access.ts'
import type { AgentContext } from '../context.ts'

/**
 * A route of the API, as data: the server, the OpenAPI document, the client and the test that tries every role are made
 * from it.
 */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE'
  /** With `:name` for what is in `params`. */
  path: string
  summary: string
  need: Need
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  response: z.ZodType
  /** Of an answer that is no error; 200 unless told. */
  status?: 200 | 201 | 202
  answer:
    | { kind: 'json'; handle: (request: Asked, context: AgentContext) => Promise<unknown> }
    | { kind: 'text'; type: string; handle: (context: AgentContext) => Promise<string> }
    /** Writes to the connection itself, for as long as it is open. */
    | { kind: 'events'; stream: Stream }
    /** Gets the body as it came. */
    | { kind: 'raw'; handle: (request: RawAsked, context: AgentContext) => Promise<Answered> }
}

type Stream = (request: FastifyRequest, reply: FastifyReply, context: AgentContext) => void

/** What came, once it was validated. */
interface Asked {
  params: never
  query: never
  body: never
  actor: Actor
}

export interface RawAsked {
  params: Readonly<Record<string, string>>
  headers: Readonly<Record<string, string | undefined>>
  bytes: Buffer
}

export interface Answered {
  status: number
  body: unknown
  /** Who it turned out to be, for the audit log. */
  actor: string
}

type Object = z.ZodObject | undefined
type Any = z.ZodType | undefined
type Of<T> = T extends z.ZodType ? z.output<T> : undefined

interface Declared<P extends Object, Q extends Object, B extends Any, R extends z.ZodType>
  extends Pick<Route, 'method' | 'path' | 'summary' | 'need' | 'status'> {
  params?: P
  query?: Q
  body?: B
  response: R
  handle(
    request: { params: Of<P>; query: Of<Q>; body: Of<B>; actor: Actor },
    context: AgentContext,
  ): Promise<z.input<R>>
}

/** Gives a route's handler the types of its schemas. */
export function route<
  R extends z.ZodType,
  P extends Object = undefined,
  Q extends Object = undefined,
  B extends Any = undefined,
>({ handle, ...rest }: Declared<P, Q, B, R>): Route {
  return { ...(rest as Omit<Route, 'answer'>), answer: { kind: 'json', handle: handle as never } }
}
