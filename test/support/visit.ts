import type { Host } from './host.ts'
import type { Project } from './project.ts'

/** Visitors who keep their cookies, one request each at a time, until `stop` is called. */
export function visit(host: Host, project: Project, visitors: number) {
  const seen: string[][] = Array.from({ length: visitors }, () => [])
  let stopped = false
  const one = async (versions: string[]): Promise<void> => {
    let cookie = ''
    while (!stopped) {
      const { status, body, headers } = await host.get(project.domain, '/', cookie === '' ? {} : { cookie })
      versions.push(status === 200 ? (body.split(' ')[0] ?? '') : String(status))
      cookie ||= headers['set-cookie']?.[0]?.split(';')[0] ?? ''
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const all = Promise.all(seen.map(one))
  return {
    stop: async () => {
      stopped = true
      await all
      return seen
    },
  }
}
