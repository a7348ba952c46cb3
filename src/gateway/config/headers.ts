import { variable } from './names.ts'

/**
 * A header of every answer, unless the app sends that header itself: what an app says about its own pages is more exact.
 * nginx leaves a header out whose value is empty.
 */
export function renderHeaders(app: string, headers: Readonly<Record<string, string>>): Rendered {
  const rendered = Object.entries(headers).map(([name, value]) => {
    const lower = name.toLowerCase().replaceAll('-', '_')
    const own = `$header_${lower}_of_${variable(app)}`
    return {
      map: `map $upstream_http_${lower} ${own} {\n  default '';\n  '' "${value.replaceAll('"', '\\"')}";\n}\n`,
      directive: `  add_header ${name} ${own} always;\n`,
    }
  })
  return {
    maps: rendered.map(({ map }) => map).join('\n'),
    directives: rendered.map(({ directive }) => directive).join(''),
  }
}

interface Rendered {
  /** For the level of `http`. */
  maps: string
  /** For that of `server`. */
  directives: string
}
