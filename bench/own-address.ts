import { networkInterfaces } from 'node:os'
import { localhost } from './load/request.ts'

/**
 * An address at which this machine is reached as from elsewhere: the kernel itself hands the connections on. Those to
 * 127.0.0.1 pass Docker's user-land proxy, which stops listening for good once it has no file descriptor left: of
 * 20,000 it takes six for each connection, and an app that stalls soon has 3,300 waiting.
 */
export function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((found = []) => found)
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? localhost
}
