import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { Cleanup } from './host.ts'

/** A Docker engine that nobody else uses, without networks: enough to build in, and to remove what was built. */
export async function createEngine(t: Cleanup): Promise<{ host: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'muelle-engine-'))
  const host = `unix://${join(folder, 'socket')}`
  const argv = [
    ['--host', host],
    ['--data-root', join(folder, 'data')],
    ['--exec-root', join(folder, 'exec')],
    ['--pidfile', join(folder, 'pid')],
    // Where containerd is a service of the machine, both engines find it.
    ['--containerd-namespace', 'muelle-test'],
    ['--containerd-plugins-namespace', 'muelle-test-plugins'],
    ['--bridge', 'none'],
    ['--iptables=false'],
    ['--ip-forward=false'],
  ].flat()
  const path = `${process.env['PATH']}:/usr/sbin:/sbin`
  // In a network of its own: an engine without a bridge removes docker0, which is that of the machine's engine.
  const daemon = spawn('unshare', ['--net', 'dockerd', ...argv], {
    env: { ...process.env, PATH: path },
    stdio: 'ignore',
  })
  const ended = once(daemon, 'exit')
  t.after(async () => {
    daemon.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  while ((await execa('docker', ['--host', host, 'version'], { reject: false })).exitCode !== 0) {
    if (daemon.exitCode !== null) throw new Error(`dockerd ended with exit code ${daemon.exitCode}`)
    await sleep(100)
  }
  return { host }
}
