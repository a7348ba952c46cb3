/** What a PostgreSQL server keeps outside its data folder, beside each copy of that. Pure. */

/** A tablespace by its number, which names it in paths. */
export interface Tablespace {
  oid: string
  location: string
}

export const tablespacesQuery =
  "SELECT oid, pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')"

/** @param text of psql, a row a line */
export function readTablespaces(text: string): Tablespace[] {
  return text.split('\n').flatMap((line) => {
    const [, oid, location] = /^(\d+)\|(\/.+)$/.exec(line) ?? []
    return oid === undefined || location === undefined ? [] : [{ oid, location }]
  })
}

/** With a folder in it for each. */
export function tablespaceFolder(base: string): string {
  return `${base}-tablespaces`
}

/** For `find` at the root of the histories: the folders of a base's tablespaces, if it has any. */
export function findArguments(base: string): string[] {
  return ['-mindepth', '4', '-maxdepth', '4', '-path', `${tablespaceFolder(base)}/*`]
}

/** @param paths of `find` */
export function readNumbers(paths: string): string[] {
  return paths.split('\n').flatMap((path) => /\/(\d+)$/.exec(path)?.[1] ?? [])
}
