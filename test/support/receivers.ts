import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { Cleanup } from './host.ts'

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** An HTTP server that answers as it is told, and remembers. */
export async function startReceiver(t: Cleanup) {
  const received: Received[] = []
  const state = { status: 200, location: '' }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(parts).toString(),
      })
      response.writeHead(state.status, state.location === '' ? {} : { Location: state.location }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => void server.close())
  return { received, state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** The SMTP server of the nodemailer family, with one account. */
export async function startMail(t: Cleanup) {
  const mails: { from: string; to: string[]; text: string }[] = []
  const state = { refuses: false }
  const server = new SMTPServer({
    authMethods: ['PLAIN', 'LOGIN'],
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, callback) => {
      const isRight = username === 'ops@example.com' && password === 'planted-mail-password'
      callback(isRight ? null : new Error('wrong password'), { user: username })
    },
    onData: (stream, session, callback) => {
      let text = ''
      stream.on('data', (part) => {
        text += String(part)
      })
      stream.on('end', () => {
        if (state.refuses) return callback(new Error('mailbox is full'))
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text,
        })
        callback()
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return { mails, state, url: `smtp://ops%40example.com:planted-mail-password@127.0.0.1:${port}` }
}
