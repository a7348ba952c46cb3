import type { Container, Engine } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { paths } from './config/names.ts'
import { installConfiguration, reloaded } from './configuration.ts'
import { linkArms, makeLinkFolders, sweepLinks } from './links.ts'
import { type FileMount, holderName, nginxArguments, nginxFingerprint, type Pod } from './pod.ts'
import { readPresences } from './presence.ts'

/** The nginx containers of a pod: one serves, and others may be ending. */
export function createNginx(engine: Engine) {
  const running = async (pod: Pod): Promise<Container> => {
    const [nginx] = (await engine.containers({ pod: pod.name, role: 'nginx' })).filter(isRunning)
    if (nginx !== undefined) return nginx
    throw new MuelleError('GATEWAY_FAILED', `The gateway ${holderName(pod)} is not running.`, {
      hint: 'Deploy an app again to bring it back:  muelle up',
    })
  }

  /** Ends once only the new configuration takes new connections: nginx itself says nothing when it keeps the old. */
  const reload = async (pod: Pod, nginx: Container): Promise<void> => {
    const workers = async (): Promise<number[]> =>
      (await engine.processes(nginx.id)).filter(isWorker).map(({ pid }) => pid)
    const before = await workers()
    await engine.signal(nginx.id, 'HUP')
    for (let attempt = 0; attempt < 1000; attempt++) {
      const now = await workers()
      // nginx starts the new workers first, and tells the old ones to end 0.1 s later.
      if (now.length > 0 && !now.some((pid) => before.includes(pid))) return reloaded(pod.folder)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new MuelleError('GATEWAY_FAILED', 'nginx did not take its new configuration.', {
      hint: 'Traffic stays as it was. Its last lines say why.',
      log: await engine.logs(nginx.id, 10),
    })
  }

  const replace = async (pod: Pod, mounts: readonly FileMount[]): Promise<void> => {
    const fingerprint = nginxFingerprint(pod, mounts)
    const found = await engine.containers({ pod: pod.name, role: 'nginx' })
    const wanted = found.find((nginx) => nginx.service === fingerprint)
    const isServing = wanted?.running === true && (await serves(engine, pod, wanted))
    if (!isServing) {
      if (wanted !== undefined) await makeRoom(wanted)
      const presences = await readPresences(pod)
      await makeLinkFolders(pod, fingerprint)
      // What another version of Muelle rendered may not suit a container of this one.
      await installConfiguration(pod.folder, presences, async () => undefined)
      await engine.run(nginxArguments(pod, mounts))
      await waitUntilServing(engine, pod, fingerprint)
      // An nginx that ends takes its sockets with it at once, but serves its open connections a little longer.
      await linkArms(pod, presences, fingerprint)
    }
    const others = found.filter((nginx) => nginx.running && (nginx !== wanted || !isServing))
    await Promise.all(others.map((old) => engine.letEnd(old.id).catch(() => undefined)))
  }

  /**
   * One that is ending finishes its requests under another name. One that is not, but lives in a network that is gone,
   * would at its end take the sockets away that the next one has in the same place.
   */
  const makeRoom = async (nginx: Container): Promise<void> => {
    const isEnding = nginx.running && !(await engine.processes(nginx.id)).some(isWorker)
    if (isEnding) await engine.rename(nginx.id, `${nginx.name}-${nginx.id.slice(0, 12)}`)
    else await engine.removeContainer(nginx.id)
  }

  const tidy = async (pod: Pod): Promise<void> => {
    const found = await engine.containers({ pod: pod.name, role: 'nginx' })
    const ended = found.filter((nginx) => !nginx.running)
    await Promise.all(ended.map((nginx) => engine.removeContainer(nginx.id)))
    const left = found.filter((nginx) => nginx.running).map((nginx) => nginx.service)
    await sweepLinks(pod, await readPresences(pod), left)
  }

  /** A replaced nginx keeps hold of its mounts until its last connection ends, 75 s at the most. */
  const untilReplaced = async (pod: Pod): Promise<void> => {
    for (let attempt = 0; attempt < 400; attempt++) {
      const found = await engine.containers({ pod: pod.name, role: 'nginx' })
      if (found.filter(isRunning).length <= 1) break
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await tidy(pod)
  }

  return { running, reload, replace, tidy, untilReplaced }
}

/**
 * Whether an nginx that runs takes connections: it is not ending, and the holder was not restarted since, which gives
 * the holder a new network and leaves nginx in the one that is gone.
 */
async function serves(engine: Engine, pod: Pod, nginx: Container): Promise<boolean> {
  const processes = await engine.processes(nginx.id)
  const [held, served] = await Promise.all([holderName(pod), nginx.id].map((id) => engine.startedAt(id)))
  return processes.some(isWorker) && (held ?? 0) <= (served ?? 0)
}

function isWorker({ title }: { title: string }): boolean {
  return title.includes('worker process') && !title.includes('shutting down')
}

async function waitUntilServing(engine: Engine, pod: Pod, fingerprint: string): Promise<void> {
  const name = `${holderName(pod)}-nginx-${fingerprint}`
  const question = ['curl', '-sf', '--unix-socket', `${paths.ownSockets}/gateway.sock`, 'http://gateway/']
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await engine.exec(name, question).catch(() => undefined)
    if (answer?.exitCode === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const log = await engine.logs(name, 10)
  await engine.removeContainer(name)
  throw new MuelleError('GATEWAY_FAILED', 'nginx did not start in the gateway.', {
    hint: 'The reason is in its last lines above.',
    log,
  })
}

export function isRunning(container: Container): boolean {
  return container.running
}
