import type { App, Service } from './app.ts'
import type { ComposeService } from './compose.ts'

/** A service that the web service calls, and what shows that it takes requests. */
export interface Behind {
  service: string
  /** What to ask over HTTP; none when its port is not known, or its own health check knows better. */
  http: { port: number; path: string; strict: boolean } | undefined
}

/**
 * The internal services that the web service waits for (`depends_on`), and those that these wait for in turn. A proxy
 * of the file's own answers long before the app behind it does.
 */
export function servicesBehind(app: App): Behind[] {
  const found = new Set<Service>()
  const follow = (name: string): void => {
    const names = Object.keys(
      app.services.find((service) => service.name === name)?.definition.depends_on ?? {},
    )
    for (const service of app.services) {
      if (service.role !== 'internal' || !names.includes(service.name) || found.has(service)) continue
      found.add(service)
      follow(service.name)
    }
  }
  follow(app.web.service)
  return [...found].map(({ name, definition }) => ({ service: name, http: readHttp(definition) }))
}

function readHttp(definition: ComposeService): Behind['http'] {
  const url = healthcheckUrl(definition)
  const port = definition.ports?.[0]?.target ?? firstExposed(definition) ?? url?.port
  if (port === undefined) return undefined
  if (url !== undefined) return { port: url.port ?? port, path: url.path, strict: true }
  return hasHealthcheck(definition) ? undefined : { port, path: '/', strict: false }
}

/** The URL in a Compose health check such as `curl -f http://localhost:8000/health/`. */
export function healthcheckUrl({ healthcheck }: ComposeService): { port?: number; path: string } | undefined {
  const test = [healthcheck?.test ?? []].flat().join(' ')
  const [, port, path] = /https?:\/\/(?:localhost|127\.0\.0\.1)(?::(\d+))?(\/[\w./~-]*)/.exec(test) ?? []
  if (path === undefined) return undefined
  return port === undefined ? { path } : { port: Number(port), path }
}

export function firstExposed(service: ComposeService): number | undefined {
  const [port] = service.expose ?? []
  return port === undefined ? undefined : Number(port)
}

function hasHealthcheck({ healthcheck }: ComposeService): boolean {
  return healthcheck?.test !== undefined && healthcheck.disable !== true
}
