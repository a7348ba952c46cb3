import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'

export interface ProbeTarget {
  /** IP address to connect to; the host name is only sent. */
  address: string
  port: number
  tls: boolean
  host: string
  path: string
  headers?: Readonly<Record<string, string>>
  /** Milliseconds; 5,000 unless told. */
  timeoutMs?: number
}

export interface ProbeAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

export type Probe = (target: ProbeTarget) => Promise<ProbeAnswer>

/**
 * One GET on a fresh connection, as a visitor of the host would send it.
 * @throws the connection's error when there is no answer in time
 */
export function probe(target: ProbeTarget): Promise<ProbeAnswer> {
  const options: RequestOptions & { rejectUnauthorized: boolean; servername: string } = {
    host: target.address,
    port: target.port,
    path: target.path,
    agent: false,
    timeout: target.timeoutMs ?? 5000,
    servername: target.host,
    // The certificate may be self-signed; what is proved here is the way through the gateway, not its name.
    rejectUnauthorized: false,
    headers: { host: target.host, 'user-agent': 'muelle', ...target.headers },
  }
  return new Promise((resolve, reject) => {
    const request = (target.tls ? httpsRequest : httpRequest)(options, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      )
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${options.timeout} ms`)))
    request.on('error', reject)
    request.end()
  })
}
