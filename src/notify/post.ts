import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isPrivateLiteral, lookupPublic } from './public-address.ts'

export interface Post {
  body: string
  headers?: Readonly<Record<string, string>>
  /** Host names that may be private. */
  allowed: ReadonlySet<string>
  signal: AbortSignal
}

/**
 * Sends JSON, follows nothing, and wants an answer of 2xx.
 * @throws Error without the path of the address, which may be a secret
 */
export async function post(address: string, { body, headers = {}, allowed, signal }: Post): Promise<void> {
  const url = new URL(address)
  const isAllowed = allowed.has(url.hostname)
  if (!isAllowed && isPrivateLiteral(url.hostname)) throw new Error(`${url.hostname} is not public`)
  const start = url.protocol === 'https:' ? requestHttps : requestHttp
  const status = await new Promise<number>((resolve, reject) => {
    const request = start(url, {
      method: 'POST',
      signal,
      agent: false,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Muelle',
        ...headers,
      },
      ...(isAllowed ? {} : { lookup: lookupPublic }),
    })
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.end(body)
  })
  if (status < 200 || status > 299) throw new Error(`${url.host} answered ${status}`)
}
