import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { type Cleanup, docker, lines } from './host.ts'

/** A web server that is up in a moment and does what a test asks of it. */
const server = `
import os, signal, socket, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = open('/app/VERSION').read().strip()
HEALTH = int(os.environ.get('HEALTH', '200'))
PAGES = int(os.environ.get('PAGES', '200'))
NEEDS = os.environ.get('NEEDS')
EATS_AFTER = os.environ.get('EATS_AFTER')
time.sleep(float(os.environ.get('BOOT_SECONDS', '0')))
if os.environ.get('CRASH'):
    sys.exit('cannot start: ' + os.environ['CRASH'])


def health():
    try:
        if NEEDS:
            with socket.create_connection((NEEDS, 6379), 1) as store:
                store.sendall(b'PING\\r\\n')
                store.recv(5)
        return HEALTH
    except OSError:
        return 503


def eat():
    time.sleep(float(EATS_AFTER))
    eaten = [b'x' * 1_000_000 for _ in range(1000)]


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        status = health() if self.path == '/health/' else PAGES
        body = f"{VERSION} {self.headers['Host']} {self.headers.get('X-Forwarded-Proto')}".encode()
        self.send_response(status)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


ThreadingHTTPServer.request_queue_size = 128
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if EATS_AFTER:
    threading.Thread(target=eat, daemon=True).start()
ThreadingHTTPServer(('0.0.0.0', 8000), Handler).serve_forever()
`

const dockerfile = `FROM python:3.11-slim
WORKDIR /app
COPY server.py VERSION ./
CMD ["python", "-u", "server.py"]
`

export interface Project {
  name: string
  directory: string
  domain: string
  /** Writes the project's files: a version, and changes to its Compose file. */
  write(version: string, change?: (file: ComposeDraft) => void): Promise<void>
  writeFile(name: string, text: string): Promise<void>
}

/** A Compose file under construction: loosely typed, because tests write wrong ones on purpose. */
export interface ComposeDraft {
  name: string
  services: Record<string, Record<string, unknown>>
  'x-muelle'?: Record<string, unknown>
  [key: string]: unknown
}

/** A small project in a folder of its own, with a name that no other test uses. */
export async function createProject(t: Cleanup): Promise<Project> {
  const name = `p${process.pid}${Math.random().toString(36).slice(2, 6)}`
  const domain = `${name}.localhost`
  const directory = await mkdtemp(join(tmpdir(), 'muelle-project-'))
  t.after(async () => {
    await rm(directory, { recursive: true, force: true })
    // `down` keeps the volumes of an app on purpose.
    const volumes = lines(await docker('volume', 'ls', '--quiet', '--filter', `name=^${name}_`))
    if (volumes.length > 0) await docker('volume', 'rm', ...volumes)
  })
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(directory, file)), { recursive: true })
    await writeFile(join(directory, file), text)
  }
  return {
    name,
    directory,
    domain,
    writeFile: write,
    write: async (version, change) => {
      const file: ComposeDraft = {
        name,
        services: {
          web: { build: '.', stop_grace_period: '2s', 'x-muelle': { port: 8000, health: '/health/' } },
        },
        'x-muelle': { domains: [domain], tls: 'off', deploy_timeout: '20s' },
      }
      change?.(file)
      await write('server.py', server)
      await write('Dockerfile', dockerfile)
      await write('VERSION', version)
      await write('compose.yaml', stringify(file))
    },
  }
}
