import type { App } from '../../app/app.ts'
import type { Behind } from '../../app/behind.ts'
import type { Container } from '../../engine/port.ts'
import { edgeNetwork } from '../../release/names.ts'
import type { Context } from '../operation.ts'

/** What the last question to a container showed: that it is ready, or in which way it is not. */
export type Answer =
  | { ready: true }
  /** An HTTP status has the host name that was sent with it. */
  | { ready: false; status: number; host: string; why: string }
  | { ready: false; status?: never; why: string }

/** Whether an answer means that the replica can take traffic. */
export function isHealthy(status: number, { strict }: App['web']['health']): boolean {
  return strict ? status >= 200 && status < 300 : status < 500
}

/** The host name that a visitor sends. */
function visitedHost({ entrance }: App): string {
  return entrance.kind === 'domains' ? entrance.domains[0] : 'localhost'
}

/** Asks a replica of the web service as the gateway will. */
export function askWeb(replica: Container, context: Context): Promise<Answer> {
  const { app } = context
  const { health, port } = app.web
  const where = { address: replica.addresses[edgeNetwork(app.name)], port, host: visitedHost(app) }
  return askHttp({ ...where, ...health }, context)
}

/** Asks a service behind the web service over HTTP, or with its own health check. */
export async function askBehind(container: Container, { http }: Behind, context: Context): Promise<Answer> {
  if (http !== undefined) {
    const address = Object.values(container.addresses).find((candidate) => candidate !== '')
    // Its health check, where it has one, asks for localhost too.
    const host = http.strict ? 'localhost' : visitedHost(context.app)
    return askHttp({ address, host, ...http }, context)
  }
  const { engine } = context
  const command = await engine.healthCommand(container.id)
  if (command === undefined) return { ready: true }
  const { exitCode, output } = await engine
    .exec(container.id, command)
    .catch((error: Error) => ({ exitCode: 1, output: error.message }))
  if (exitCode === 0) return { ready: true }
  return { ready: false, why: `its health check fails: ${output.trim().slice(-200)}` }
}

interface Question {
  address: string | undefined
  port: number
  host: string
  path: string
  strict: boolean
}

async function askHttp(question: Question, { app, probe }: Context): Promise<Answer> {
  const { address, port, host, path } = question
  if (address === undefined || address === '') return { ready: false, why: 'no address yet' }
  const { entrance } = app
  const isTls = entrance.kind === 'domains' && entrance.tls !== 'off'
  try {
    const headers = { 'x-forwarded-proto': isTls ? 'https' : 'http' }
    const { status } = await probe({ address, port, tls: false, host, path, headers })
    if (isHealthy(status, question)) return { ready: true }
    return { ready: false, status, host, why: `${path} answers ${status}` }
  } catch (error) {
    // Whoever answers in another protocol answers.
    if (!question.strict && (error as NodeJS.ErrnoException).code?.startsWith('HPE_')) return { ready: true }
    return { ready: false, why: `${path}: ${(error as Error).message}` }
  }
}
