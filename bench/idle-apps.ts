import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { createInstallation, type Installation, launcher } from './installation.ts'
import { progress } from './run.ts'
import { tearDown } from './tear-down.ts'

/** Apps that do nothing, so that whatever is measured is of the one who looks after them. */
export interface IdleApps extends AsyncDisposable {
  readonly installation: Installation
  readonly names: readonly string[]
  /** How many containers run, of the apps and the gateway. */
  containers(): Promise<number>
}

const server = `
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '0')
        self.end_headers()

HTTPServer(('0.0.0.0', 8000), Handler).serve_forever()
`

/** Of all apps together, without the two of the gateway. */
const wanted = 30

/** Deploys as many apps as asked for, of 30 containers together; each follows a branch and has a schedule. */
export async function createIdleApps(count: number, interrupted: AbortSignal): Promise<IdleApps> {
  const scratch = await mkdtemp(join(tmpdir(), 'muelle-bench-'))
  const installation = await createInstallation(scratch, interrupted)
  const names = Array.from({ length: count }, (_, index) => `${installation.instance}-${index + 1}`)
  const begun: string[] = []
  const dispose = async (): Promise<void> => {
    for (const name of begun) {
      const project = { name, directory: join(scratch, name), remove: async () => undefined }
      const args = ['down', name, '--volumes', '--confirm', name]
      await tearDown(project, { file: launcher, args, env: installation.env })
    }
    await rm(scratch, { recursive: true, force: true })
  }
  try {
    for (const name of names) {
      progress(`deploying ${name}`)
      const directory = join(scratch, name)
      begun.push(name)
      await writeApp(directory, { repository: `${directory}.git`, containers: Math.ceil(wanted / count) })
      await installation.muelle(['up', directory, '--yes'])
    }
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    installation,
    names,
    containers: async () => {
      const label = `label=org.muelle.instance=${installation.instance}`
      return (await execa('docker', ['ps', '--quiet', '--filter', label])).stdout.split('\n').length
    },
    [Symbol.asyncDispose]: dispose,
  }
}

async function writeApp(
  directory: string,
  { repository, containers }: { repository: string; containers: number },
): Promise<void> {
  await mkdir(directory)
  const webs = 4
  const file = {
    services: {
      web: {
        build: '.',
        deploy: { replicas: webs },
        stop_grace_period: '2s',
        'x-muelle': { port: 8000, health: '/' },
      },
      worker: {
        build: '.',
        command: ['sleep', 'infinity'],
        init: true,
        deploy: { replicas: containers - webs },
        stop_grace_period: '2s',
      },
    },
    'x-muelle': {
      domains: [`${basename(directory)}.localhost`],
      tls: 'off',
      backups: { schedule: '0 3 * * *' },
      update: { repo: repository, branch: 'main' },
    },
  }
  await writeFile(join(directory, 'compose.yaml'), stringify(file))
  await writeFile(join(directory, 'server.py'), server)
  await writeFile(
    join(directory, 'Dockerfile'),
    'FROM python:3.11-slim\nCOPY server.py /\nCMD ["python", "-u", "/server.py"]\n',
  )
  const git = (...argv: string[]) => execa('git', ['-C', directory, ...argv])
  const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost']
  await git('init', '--quiet', '--bare', '--initial-branch', 'main', repository)
  await git('init', '--quiet', '--initial-branch', 'main')
  await git('add', '--all')
  await git(...who, 'commit', '--quiet', '--message', 'The app')
  await git('push', '--quiet', repository, 'HEAD:main')
}
