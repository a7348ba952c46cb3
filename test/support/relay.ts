import { createConnection, createServer, type Socket } from 'node:net'
import type { Cleanup } from './host.ts'

/** A line between two machines, that can be cut. */
export interface Relay {
  port: number
  /** Ends what goes through it, and lets nothing through until it is mended. */
  cut(): void
  /** The same once so many bytes have come from the other machine, from now on. */
  cutAfter(bytes: number): void
  /** Once so many bytes have gone to the other machine. */
  cutAfterSent(bytes: number): void
  mend(): void
}

/** Listens where containers reach this machine, and leads to a port of it. */
export async function startRelay(t: Cleanup, to: number): Promise<Relay> {
  const open = new Set<Socket>()
  const endless = Number.POSITIVE_INFINITY
  let isCut = false
  let left = { received: endless, sent: endless }
  const cut = (): void => {
    isCut = true
    for (const socket of open) socket.destroy()
    open.clear()
  }
  const pass = (from: Socket, into: Socket, which: 'received' | 'sent'): void => {
    from.on('data', (data: Buffer) => {
      left[which] -= data.length
      if (left[which] < 0) cut()
      else into.write(data)
    })
    from.on('end', () => into.end())
    from.on('error', () => undefined)
    from.on('close', () => open.delete(from))
    open.add(from)
  }
  const server = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = createConnection({ port: to, host: '127.0.0.1' })
    pass(near, far, 'sent')
    pass(far, near, 'received')
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  t.after(async () => {
    cut()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    cutAfter: (bytes) => {
      left = { received: bytes, sent: endless }
    },
    cutAfterSent: (bytes) => {
      left = { received: endless, sent: bytes }
    },
    mend: () => {
      isCut = false
      left = { received: endless, sent: endless }
    },
  }
}
