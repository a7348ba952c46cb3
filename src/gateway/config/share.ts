import type { Share, Site } from './model.ts'
import { armName, links, liveName, variable } from './names.ts'

/**
 * Draws a release for each visitor and remembers the visitor by a cookie, not the release: so a visitor whom a small
 * share includes is in every larger one too. Who keeps no cookies is drawn anew for each request.
 */
export function renderDrawing({ app }: Site, { release, percent }: Share): string {
  const id = variable(app)
  const cookie = cookieName(app)
  return `map $cookie_${cookie} $visitor_of_${id} {
  default $cookie_${cookie};
  '' $request_id;
}

map $cookie_${cookie} $greeting_of_${id} {
  default '';
  '' '${cookie}=$request_id; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax';
}

split_clients $visitor_of_${id} $drawn_of_${id} {
  ${percent}% ${links}/${armName(app, release)};
  * ${links}/${liveName(app)};
}
`
}

/** The variable that holds where a visitor was drawn to. */
export function drawnVariable(app: string): string {
  return `$drawn_of_${variable(app)}`
}

/** Gives a new visitor the cookie, in a location that asks the app: files come before the page's own answer is read. */
export function renderGreeting(app: string): string {
  return `    add_header Set-Cookie $greeting_of_${variable(app)} always;\n`
}

function cookieName(app: string): string {
  return `muelle_${variable(app)}`
}
