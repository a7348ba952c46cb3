import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../app/app.ts'
import { djangoServices, serverFolder, serverModule } from '../check/django/recognise.ts'
import type { Django, Facts } from '../check/facts.ts'
import type { Engine } from '../engine/port.ts'
import { asMuelleError } from '../errors/muelle-error.ts'
import type { AppFiles } from '../release/files.ts'
import { checkService, renderCheck } from '../release/render-check.ts'
import { root } from '../root.ts'

/** Milliseconds; an app that takes longer to load its settings waits for something. */
const patienceMs = 60_000
const mark = 'muelle-django '

export interface Asked {
  django: Django | undefined
  /** Why there is no answer, for people. */
  reason?: string
}

/**
 * Asks Django in the newest image of the app what it runs with, `manage.py check --deploy` included. The container has
 * the environment that the Compose file gives the service now.
 */
export async function askDjango(
  facts: Facts,
  services: { engine: Engine; files: AppFiles; instance: string },
  signal: AbortSignal,
): Promise<Asked> {
  const { app, images } = facts
  const candidates = djangoServices(facts)
  const service = candidates.find(({ name }) => name === app.web.service) ?? candidates[0]
  if (service === undefined) return { django: undefined }
  const image = images[service.name]
  if (image === undefined) {
    return { django: undefined, reason: `${service.name} has no image yet. After  muelle up  check again.` }
  }
  const program = await readFile(join(root, 'src/facts/django.py'), 'utf8')
  const argv = ['python', '-c', program, serverModule(facts, service) ?? '', serverFolder(facts, service)]
  const file = renderCheck(
    app,
    { service, argv },
    { images: { [service.name]: image.id }, instance: services.instance },
  )
  try {
    const answer = await run(app, file, { ...services, signal })
    return { django: { ...answer, service: service.name } }
  } catch (error) {
    signal.throwIfAborted()
    return { django: undefined, reason: explain(service.name, error) }
  }
}

async function run(
  app: App,
  file: ReturnType<typeof renderCheck>,
  { engine, files, signal }: { engine: Engine; files: AppFiles; signal: AbortSignal },
): Promise<Omit<Django, 'service'>> {
  const project = files.check(app)
  const lines: string[] = []
  await files.write(project, file)
  try {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    await engine.runOnce(project, checkService, { signal: bounded, onLine: (line) => lines.push(line) })
  } finally {
    await engine.down(project, {})
  }
  const line = lines.find((text) => text.startsWith(mark))
  if (line === undefined) throw new Error('it gave no answer')
  return JSON.parse(line.slice(mark.length)) as Omit<Django, 'service'>
}

function explain(service: string, error: unknown): string {
  const { log, message } = asMuelleError(error)
  return `Django could not be loaded in the image of ${service}: ${log.at(-1) ?? message}`
}
