import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { labels } from '../release/names.ts'
import { paths } from './config/names.ts'
import { watchCertificates } from './config/renewal.ts'
import { whenChanged } from './config/watch.ts'

/**
 * A gateway pod: a holder container that owns the published ports and the networks and only sleeps, and an
 * nginx container that lives in the holder's network namespace. So nginx can be replaced, for an upgrade or
 * for new mounts, while the ports stay open: both listen for a moment, and the kernel hands waiting
 * connections over (SO_REUSEPORT with net.ipv4.tcp_migrate_req).
 */
export interface Pod {
  instance: string
  /** `gateway` for the ports 80 and 443; `port-8000` for an app without domains. */
  name: string
  /** Folder on the host that holds this pod's configuration. */
  folder: string
  image: string
  publish: readonly Publication[]
}

export interface Publication {
  hostIp: string
  hostPort: number
  containerPort: 80 | 443
}

/** A volume name or an absolute host path, mounted read-only below `paths.files`. */
export interface FileMount {
  app: string
  folder: string
  source: string
}

export function holderName(pod: Pod): string {
  return `${pod.instance}-${pod.name}`
}

export function podNetwork(pod: Pod): string {
  return `${pod.instance}-${pod.name}`
}

/** Changes whenever the nginx container has to be replaced rather than reloaded. */
export function nginxFingerprint(pod: Pod, mounts: readonly FileMount[]): string {
  const definition = JSON.stringify(['5', pod.image, pod.folder, mounts])
  return createHash('sha256').update(definition).digest('hex').slice(0, 12)
}

/** On the host: the sockets of one nginx container, or the folder of all of them. */
export function socketFolder(pod: Pod, fingerprint = ''): string {
  return join(pod.folder, 'run', fingerprint)
}

/** `docker run` arguments of the holder. */
export function holderArguments(pod: Pod): string[] {
  return [
    ...common(pod, { name: holderName(pod), role: 'holder' }),
    '--network',
    podNetwork(pod),
    '--sysctl',
    'net.ipv4.tcp_migrate_req=1',
    ...pod.publish.flatMap(({ hostIp, hostPort, containerPort }) => [
      '--publish',
      `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:${hostPort}:${containerPort}`,
    ]),
    '--volume',
    `${pod.folder}/holder:${paths.holder}`,
    '--init',
    '--entrypoint',
    'sh',
    pod.image,
    '-c',
    // Another text at each start. What cannot be written down is no reason to give up the ports.
    `cat /proc/sys/kernel/random/uuid >${paths.holder}/started; exec sleep infinity`,
  ]
}

/** `docker run` arguments of an nginx container of the pod. */
export function nginxArguments(pod: Pod, mounts: readonly FileMount[]): string[] {
  const fingerprint = nginxFingerprint(pod, mounts)
  return [
    ...common(pod, { name: `${holderName(pod)}-nginx-${fingerprint}`, role: 'nginx' }),
    '--label',
    `${labels.service}=${fingerprint}`,
    '--network',
    `container:${holderName(pod)}`,
    '--stop-signal',
    'SIGQUIT',
    '--volume',
    `${socketFolder(pod, fingerprint)}:${paths.ownSockets}`,
    '--volume',
    `${socketFolder(pod)}:${paths.allSockets}:ro`,
    '--volume',
    `${pod.folder}:${paths.config}:ro`,
    ...mounts.flatMap(({ app, folder, source }) => [
      '--volume',
      `${source}:${paths.files}/${app}/${folder}:ro`,
    ]),
    '--log-opt',
    'max-size=10m',
    '--log-opt',
    'max-file=5',
    pod.image,
    'sh',
    '-c',
    [
      watchCertificates(`${paths.config}/tls`),
      // In the network that the holder had before nobody reaches nginx; Docker starts it again in the new one.
      whenChanged(`${paths.config}/holder/started`, 'TERM'),
      // nginx does not start where a killed one left its sockets.
      `rm -f ${paths.ownSockets}/*.sock && exec nginx -c ${paths.config}/current/nginx.conf -g 'daemon off;'`,
    ].join(' & '),
  ]
}

function common(pod: Pod, container: { name: string; role: string }): string[] {
  const ownLabels = {
    [labels.instance]: pod.instance,
    [labels.pod]: pod.name,
    [labels.role]: container.role,
  }
  return [
    '--detach',
    '--name',
    container.name,
    // `unless-stopped` does not hold after a reload: Docker takes a container that got any signal for one that was
    // stopped by hand (`killWithSignal` of 20.10), and leaves it down when it ends and after a reboot.
    '--restart',
    'always',
    ...Object.entries(ownLabels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
  ]
}
