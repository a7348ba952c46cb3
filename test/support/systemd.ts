import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { type Cleanup, docker, type Host, type Run } from './host.ts'
import { haveDebian } from './stand-in.ts'
import { temporaryFolder } from './temporary-folder.ts'

const root = join(import.meta.dirname, '..', '..')

/** A machine that systemd has started, as a container which speaks to the Docker of this one. */
export interface Machine {
  run(program: string, ...argv: string[]): Promise<Run>
  muelle(...argv: string[]): Promise<Run>
}

/** It sees this checkout, the state folder of the installation and the folders named, under their own paths. */
export async function startMachine(
  cleanup: Cleanup,
  host: Host,
  folders: readonly string[],
): Promise<Machine> {
  const image = await buildImage(cleanup)
  const name = `${host.instance}-systemd`
  const home = host.env['MUELLE_HOME'] ?? ''
  const mounts = [
    `${root}:${root}:ro`,
    '/var/run/docker.sock:/run/docker.sock',
    ...[home, ...folders].map((folder) => `${folder}:${folder}`),
  ]
  cleanup.after(async () => {
    await docker('rm', '--force', '--volumes', name)
    const clear = `mount -t cgroup2 all /mnt && find /mnt/${name} -depth -type d -exec rmdir {} +`
    await docker('run', '--rm', ...powers, '--entrypoint', 'sh', image, '-c', clear)
  })
  await execa('docker', [
    ...['run', '--detach', '--name', name, '--network', 'host', ...powers],
    ...['--tmpfs', '/run', '--tmpfs', '/run/lock', '--env', 'container=docker'],
    ...mounts.flatMap((mount) => ['--volume', mount]),
    ...[image, 'sh', '-c', boot(name)],
  ])
  const env = { ...host.env, MUELLE_SKIP_SETUP: '1' }
  const options = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`])
  const run: Machine['run'] = async (...argv) => {
    const { exitCode, stdout, stderr } = await execa('docker', ['exec', ...options, name, ...argv], {
      reject: false,
    })
    return { exitCode, stdout, stderr }
  }
  for (let times = 0; ; times++) {
    const { stdout } = await run('systemctl', 'is-system-running')
    // Units that a container has no use for may fail.
    if (/running|degraded/.test(stdout)) break
    assert.ok(times < 120, `systemd is ${stdout}`)
    await sleep(500)
  }
  return { run, muelle: (...argv) => run(join(root, 'muelle'), ...argv) }
}

/** systemd mounts for its units, and has a tree of control groups of its own. */
const powers = [
  ...['--cap-add', 'ALL', '--cap-drop', 'SYS_RESOURCE'],
  ...['--security-opt', 'seccomp=unconfined', '--cgroupns', 'host'],
]

/** The second version of control groups, whichever one Docker uses, from a group of that name down. */
function boot(name: string): string {
  const inside = 'umount /sys/fs/cgroup; mount -t cgroup2 all /sys/fs/cgroup; exec /sbin/init'
  return [
    'umount -R /sys/fs/cgroup',
    'mount -t cgroup2 all /sys/fs/cgroup',
    `mkdir /sys/fs/cgroup/${name}`,
    `echo $$ >/sys/fs/cgroup/${name}/cgroup.procs`,
    `exec unshare --cgroup sh -c '${inside}'`,
  ].join(' && ')
}

async function buildImage(cleanup: Cleanup): Promise<string> {
  const folder = temporaryFolder(cleanup)
  const packages = 'systemd systemd-sysv dbus docker-cli docker-compose docker-buildx git ca-certificates'
  await writeFile(
    join(folder, 'Dockerfile'),
    `FROM ${await haveDebian('trixie')}
RUN apt-get update && apt-get install -y --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*
# It would hide what is mounted below /tmp.
RUN ln -s /dev/null /etc/systemd/system/tmp.mount
STOPSIGNAL SIGRTMIN+3
`,
  )
  const tag = 'muelle/test-systemd'
  await execa('docker', ['build', '--tag', tag, folder])
  return tag
}
