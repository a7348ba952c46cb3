import type { Context } from '../deploy/operation.ts'
import type { Container } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { outsideOf } from './contents.ts'
import { dumpFailed, programFailed } from './databases/failures.ts'
import type { Access, Server } from './databases/kind.ts'
import { haveClient } from './outside/client.ts'
import { explainRefusal } from './outside/refusals.ts'
import { inside } from './restic.ts'
import { execArguments, toolArguments } from './tool.ts'

type Given = Pick<Context, 'app' | 'engine' | 'instance' | 'signal'>
export type OwnContext = Given & Pick<Context, 'note' | 'secrets' | 'standIns'>

/** The volume in which dumps lie between server and repository. */
export function stagingVolume(app: string, point: string): string {
  return `${app}_muelle-${point}`
}

/** The app's own server. @throws MuelleError BACKUP_FAILED when it does not run */
export async function ownServer(
  service: string,
  point: string | undefined,
  context: OwnContext,
): Promise<Server> {
  const { app, engine } = context
  const outside = outsideOf(app, service)
  if (outside !== undefined) {
    const { access, ...standIn } = await haveClient(service, outside, context)
    return openServer(standIn, point, context, access)
  }
  const found = await engine.containers({ app: app.name, service, role: 'backing' })
  const running = found.find((container) => container.running)
  if (running === undefined) throw dumpFailed(service, 'it does not run', [])
  return openServer(running, point, context)
}

/** Programs of the server's own image, in its network, on the staging volume of a restore point. */
export function openServer(
  { id, image, service }: Pick<Container, 'id' | 'image' | 'service'>,
  point: string | undefined,
  { app, engine, instance, signal }: Given,
  access?: Access,
): Server {
  const staging =
    point === undefined ? [] : [{ source: stagingVolume(app.name, point), target: inside.dump, writes: true }]
  const known = new Map<string, Promise<string | undefined>>()
  return {
    service,
    container: id,
    image,
    ...(access === undefined ? {} : { access }),
    run: async (program, argv, { isInServer = false, ...options } = {}) => {
      const secrets = Object.keys(options.env ?? {})
      const tool = toolArguments({
        instance,
        app: app.name,
        image,
        program,
        argv,
        network: `container:${id}`,
        mounts: [...staging, ...(access?.mounts ?? [])],
        secrets,
        reads: options.input !== undefined,
      })
      const args = isInServer ? execArguments(id, { program, argv, secrets }) : tool
      const { exitCode, stdout, lines } = await engine.tool(args, { signal, ...options })
      if (exitCode === 0) return stdout
      const ending = exitCode === undefined ? 'was ended by a signal' : `ended with exit code ${exitCode}`
      if (tellsOfFullDisk(lines)) throw diskFull(program, lines)
      const refusal = access === undefined ? undefined : explainRefusal({ service, ...access }, lines)
      throw refusal ?? programFailed(service, `${program} ${ending}`, lines.slice(-15))
    },
    has: async (program) => {
      const { exitCode } = await engine.exec(id, [program, '--version'])
      return exitCode === 0
    },
    variable: (name) => {
      const reading = known.get(name) ?? readVariable(id, name, engine)
      known.set(name, reading)
      return reading
    },
  }
}

/** In the words of the system, or by the number that MySQL gives instead. */
export function tellsOfFullDisk(lines: readonly string[]): boolean {
  return lines.some((line) => /no space left on device|errno:? 28\b/i.test(line))
}

export function diskFull(program: string, log: readonly string[]): MuelleError {
  return new MuelleError('DISK_FULL', `${program} found no room on the disk.`, {
    hint: 'See what takes the room:  docker system df',
    log: log.slice(-15),
  })
}

/** Of the official images each variable may be in a file instead. */
async function readVariable(id: string, name: string, engine: Given['engine']): Promise<string | undefined> {
  const print = async (...argv: string[]): Promise<string | undefined> => {
    const { exitCode, output } = await engine.exec(id, argv)
    return exitCode === 0 && output !== '' ? output.replace(/\r?\n$/, '') : undefined
  }
  const value = await print('printenv', name)
  if (value !== undefined) return value
  const file = await print('printenv', `${name}_FILE`)
  return file === undefined ? undefined : print('cat', file)
}
