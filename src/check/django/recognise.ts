import type { Service } from '../../app/app.ts'
import type { Facts } from '../facts.ts'
import { optionValue, programLine } from '../program.ts'
import { environmentOf, released } from '../services.ts'

/** Services of the app that run Django: by what they start, or by what they are built from. */
export function djangoServices(facts: Facts): Service[] {
  return released(facts).filter((service) => isDjango(facts, service))
}

/** Those that answer visitors, when there are some: what a setting means to them is what counts. */
export function djangoServers(facts: Facts): Service[] {
  const all = djangoServices(facts).filter((service) => !isCelery(facts, service))
  const servers = all.filter(({ role }) => role === 'web' || role === 'internal')
  return servers.length > 0 ? servers : all
}

/** It has the settings of Django from the same image, and answers nobody by them. */
function isCelery(facts: Facts, service: Service): boolean {
  const line = programLine(facts, service)
  return (
    /celery|\bflower\b/.test(line) && !/\b(?:gunicorn|uvicorn|daphne|hypercorn|uwsgi|runserver)\b/.test(line)
  )
}

function isDjango(facts: Facts, service: Service): boolean {
  const line = programLine(facts, service)
  return (
    facts.builds[service.name]?.hasManagePy === true ||
    /\bmanage\.py\b|\b\w+\.(?:wsgi|asgi)\b/.test(line) ||
    environmentOf(service).some(([name]) => name === 'DJANGO_SETTINGS_MODULE')
  )
}

/** The module that the server loads, as `shop.wsgi`; the settings that it names are those that serve. */
export function serverModule(facts: Facts, service: Service): string | undefined {
  return /\b((?:\w+\.)*(?:wsgi|asgi))\b(?!\.py)/.exec(programLine(facts, service))?.[1]
}

/** The folder in which the server looks for its module, relative to that of the image; empty for that one. */
export function serverFolder(facts: Facts, service: Service): string {
  return optionValue(programLine(facts, service), '--chdir', '--pythonpath', '--app-dir') ?? ''
}

/** The gateway ends TLS for the app. */
export function isBehindTls({ app }: Facts): boolean {
  return app.entrance.kind === 'domains'
}
