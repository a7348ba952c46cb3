import type { ComposeService } from './compose.ts'
import { type ServerKind, serverOf } from './servers.ts'

/**
 * Commands that tell whether a well-known server takes connections. Over TCP on purpose: while the official
 * PostgreSQL and MySQL images initialise a new volume, a temporary server answers on the Unix socket only.
 */
const commands: Readonly<Partial<Record<ServerKind, readonly string[]>>> = {
  postgres: ['pg_isready', '--quiet', '--host', '127.0.0.1'],
  redis: ask(['redis-cli', 'keydb-cli'], 'ping'),
  // From MariaDB 11 on its image has no mysqladmin (MariaDB/mariadb-docker issue 512).
  mysql: ask(['mariadb-admin', 'mysqladmin'], 'ping --host 127.0.0.1 --silent'),
}

export function knownHealthCommand(service: ComposeService): readonly string[] | undefined {
  const kind = serverOf(service)
  return kind === undefined ? undefined : commands[kind]
}

/** With the first of these programs that is there. */
function ask(programs: readonly string[], words: string): readonly string[] {
  const first = programs.map((program) => `command -v ${program}`).join(' || ')
  return ['sh', '-c', `exec "$(${first})" ${words}`]
}
