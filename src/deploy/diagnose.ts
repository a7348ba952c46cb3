import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { backingServices, ownNames, releasedServices } from '../app/app.ts'
import { extraHosts } from '../app/compose.ts'
import { type ServerKind, serverOf } from '../app/servers.ts'
import { isDataStep } from '../backup/step.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import type { Database, FailedContainer, PathFact, Symptoms } from '../diagnosis/symptoms.ts'
import type { Container } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { commandRunner } from '../release/render.ts'
import type { Context } from './operation.ts'
import type { Step } from './step.ts'

/** Enough for a traceback that other lines follow. */
const keptLines = 80

/**
 * Gives the failure of a step its cause, as long as everything still stands as it failed. The failure itself stays
 * what it is: whatever goes wrong here leaves it without a cause.
 */
export async function withCause(thrown: unknown, step: Step, context: Context): Promise<unknown> {
  if (!(thrown instanceof MuelleError) || context.signal.aborted) return thrown
  // Causes are those of releases: what a dump lacks is no migration that has not run.
  if (isDataStep(step)) return thrown
  const symptoms = await collect(thrown, step, context).catch(() => undefined)
  const cause = symptoms === undefined ? undefined : diagnose(symptoms)
  return cause === undefined ? thrown : thrown.because(cause)
}

async function collect(error: MuelleError, step: Step, context: Context): Promise<Symptoms> {
  const { app, engine } = context
  const { container, condition } = await findContainer(error, step, context)
  const service = container?.service ?? (step.kind === 'command' ? commandRunner(app).name : undefined)
  const lines = await linesOf(error, { container, condition }, context)
  const definition = app.file.services[service ?? '']
  const own = await engine.containers({ app: app.name })
  const isWeb = service === app.web.service && error.code !== 'RELEASE_COMMAND_FAILED'
  const [networks, portHolder, listening] = await Promise.all([
    engine.evidence.networks(),
    holderOf(error, context),
    container?.running === true ? engine.evidence.listening(container.id) : undefined,
  ])
  return {
    code: error.code,
    lines,
    names: {
      lasting: backingServices(app).flatMap(ownNames),
      released: releasedServices(app).flatMap(ownNames),
    },
    addresses: own.flatMap(({ addresses }) => Object.values(addresses)),
    extraHosts: definition === undefined ? [] : extraHosts(definition).map(({ name }) => name),
    environment: definition?.environment ?? {},
    releaseCommands: app.settings.release.map((command) => [command].flat().join(' ')),
    databases: await databasesOf(lines, context),
    paths: await pathsOf(lines, container, context),
    ...(service === undefined ? {} : { service }),
    ...(isWeb ? { port: app.web.port } : await askHealth(container, context)),
    ...(condition === undefined
      ? {}
      : { container: { ...condition, ...(listening === undefined ? {} : { listening }) } }),
    ...(error.code === 'BUILD_FAILED' ? { standIns: await standInsOf(context) } : {}),
    ...(networks === undefined ? {} : { networks }),
    ...(portHolder === undefined ? {} : { portHolder }),
  }
}

/** The gateway's own images. */
const ofTheGateway = /^(?:nginx:|certbot\/)/

/** Of the images that this deployment has made sure of those that something is built upon. */
async function standInsOf({ app, engine, store }: Context): Promise<NonNullable<Symptoms['standIns']>> {
  const steps = store.unfinished(app.name).flatMap(({ plan }) => plan as readonly Step[])
  const all = new Set(steps.flatMap((step) => (step.kind === 'images' ? step.references : [])))
  const used = new Set(app.services.map(({ definition }) => definition.image))
  const bases = [...all].filter((reference) => !used.has(reference) && !ofTheGateway.test(reference))
  const images = await Promise.all(bases.map((each) => engine.imageConfig(each)))
  return images.flatMap((image) => image?.standIn ?? [])
}

interface Found {
  container: Container | undefined
  condition: FailedContainer | undefined
}

/** The container that the failure is about; when Compose started several, the one that it could not start. */
async function findContainer(error: MuelleError, step: Step, { app, engine }: Context): Promise<Found> {
  const isOfRelease = error.code === 'START_FAILED'
  if (error.container === undefined && !isOfRelease && error.code !== 'BACKING_FAILED') return nobody
  const release = 'release' in step && isOfRelease ? { release: step.release } : { role: 'backing' }
  const containers = await engine.containers({
    app: app.name,
    ...(error.container === undefined ? release : {}),
  })
  for (const container of containers) {
    if (error.container !== undefined ? container.id !== error.container : container.running) continue
    const condition = await engine.evidence.condition(container.id)
    if (error.container !== undefined || (condition !== undefined && condition.exitCode !== 0))
      return { container, condition }
  }
  return nobody
}

const nobody: Found = { container: undefined, condition: undefined }

/** What Docker said comes last, because it said so in the end. */
async function linesOf(
  error: MuelleError,
  { container, condition }: Found,
  { engine }: Context,
): Promise<string[]> {
  const { cause, log } = error
  const told = (cause instanceof MuelleError ? cause.log : log).map(withoutBuilderPrefix)
  if (container === undefined) return [...told]
  const printed = await engine.logs(container.id, keptLines)
  return [...printed, ...(cause instanceof MuelleError ? told : []), ...[condition?.refusal ?? []].flat()]
}

/** BuildKit numbers its steps, and says when a line came: `#7 0.42 `. */
function withoutBuilderPrefix(line: string): string {
  return line.replace(/^(?:#\d+ )?\d+\.\d+ /, '')
}

async function holderOf(error: MuelleError, { engine }: Context): Promise<Symptoms['portHolder']> {
  if (error.code !== 'PORT_TAKEN') return undefined
  const port = Number(/\d+/.exec(error.message)?.[0])
  const holder = await engine.evidence.portHolder(port)
  return holder === undefined ? undefined : { port, holder }
}

async function askHealth(
  container: Container | undefined,
  { engine }: Context,
): Promise<Pick<Symptoms, 'healthCheck'>> {
  if (container?.running !== true) return {}
  const command = await engine.healthCommand(container.id)
  return command === undefined ? {} : { healthCheck: await engine.evidence.exec(container.id, command) }
}

const databaseKinds: Readonly<Partial<Record<ServerKind, Database['kind']>>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  redis: 'Redis',
}

/**
 * Logs in over the network, where a password is asked for, with what the service itself was given. The password stays
 * in the container, and in no list of arguments.
 */
const logins: Readonly<Partial<Record<Database['kind'], string>>> = {
  PostgreSQL: `PGPASSWORD=\${POSTGRES_PASSWORD:-$(cat "$POSTGRES_PASSWORD_FILE")} PGCONNECT_TIMEOUT=3 \
psql -w -h "$(hostname -i | cut -d' ' -f1)" -U "\${POSTGRES_USER:-postgres}" -d postgres -c 'select 1'`,
  MySQL: `[ -n "$MYSQL_USER" ] && MYSQL_PWD=\${MYSQL_PASSWORD:-$(cat "$MYSQL_PASSWORD_FILE")} \
mysql --connect-timeout=3 -h "$(hostname -i | cut -d' ' -f1)" -u "$MYSQL_USER" -e 'select 1'`,
}

async function databasesOf(lines: readonly string[], context: Context): Promise<Database[]> {
  const { app, engine } = context
  const refused = lines.some((line) =>
    /password authentication failed|Access denied for user|role ".+" does not exist/.test(line),
  )
  const found = backingServices(app).flatMap(({ name, definition }) => {
    const server = serverOf(definition)
    const kind = server === undefined ? undefined : databaseKinds[server]
    return kind === undefined ? [] : [{ service: name, kind }]
  })
  if (!refused) return found
  const running = (await engine.containers({ app: app.name, role: 'backing' })).filter((each) => each.running)
  return Promise.all(
    found.map(async (database) => {
      const container = running.find(({ service }) => service === database.service)
      const login = logins[database.kind]
      if (container === undefined || login === undefined) return database
      const { exitCode, output } = await engine.exec(container.id, ['sh', '-c', login])
      if (exitCode === 0) return { ...database, takesItsOwnPassword: true }
      // Any other failure says nothing about the password.
      const isRefusal = /password authentication failed|Access denied|role ".+" does not exist/.test(output)
      return isRefusal ? { ...database, takesItsOwnPassword: false } : database
    }),
  )
}

/** Looks at the files that the output names. */
async function pathsOf(
  lines: readonly string[],
  container: Container | undefined,
  { app, engine }: Context,
): Promise<PathFact[]> {
  const text = lines.join('\n')
  const all = (pattern: RegExp): string[] => [
    ...new Set([...text.matchAll(pattern)].flatMap(([, first, second]) => first ?? second ?? [])),
  ]
  const contexts = new Set(app.services.flatMap(({ definition }) => definition.build?.context ?? []))
  const [context] = contexts
  const sources = contexts.size === 1 ? all(/"\/?([^"*?]+?)": not found|"\/?([^"*?]+?)" not found/g) : []
  const programs =
    container === undefined ? [] : all(/exec:? "?(\/[^\s":]+)"?: |^(\/[^\s:]+): (?:line )?\d+: /gm)
  const facts = await Promise.all([
    ...sources.map(async (path) => ({
      path,
      at: 'build' as const,
      kind: await kindOf(join(context ?? '', path)),
    })),
    ...all(/error mounting "(.+?)" to rootfs/g).map(async (path) => {
      const kind = engine.evidence.isLocal ? await kindOf(path) : undefined
      return kind === undefined ? [] : { path, at: 'machine' as const, kind }
    }),
    ...programs.map(async (path) => {
      const head = await engine.evidence.readHead(container?.id ?? '', path)
      return {
        path,
        at: 'container' as const,
        ...(head === undefined ? { kind: 'missing' as const } : { kind: 'file' as const, head }),
      }
    }),
  ])
  return facts.flat()
}

async function kindOf(path: string): Promise<PathFact['kind']> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return 'missing'
  return found.isDirectory() ? 'folder' : 'file'
}
