type SystemErrorCode = 'DISK_FULL' | 'STATE_UNUSABLE'

/** SQLite's primary result codes (sqlite.org/rescode.html), the low byte of what Node reports. */
const ofSqlite: Readonly<Record<number, SystemErrorCode>> = {
  5: 'STATE_UNUSABLE',
  6: 'STATE_UNUSABLE',
  8: 'STATE_UNUSABLE',
  10: 'STATE_UNUSABLE',
  13: 'DISK_FULL',
  14: 'STATE_UNUSABLE',
}

const ofDisks: Readonly<Record<string, SystemErrorCode>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EROFS: 'STATE_UNUSABLE',
}

/** Of a file only: a process that may not be signalled is another matter. */
const ofFiles: Readonly<Record<string, SystemErrorCode>> = {
  EACCES: 'STATE_UNUSABLE',
  EPERM: 'STATE_UNUSABLE',
}

/** The code of an error in which the machine, rather than Muelle, is at fault. */
export function systemErrorCode(error: unknown): SystemErrorCode | undefined {
  if (!(error instanceof Error)) return undefined
  const { code = '', errcode = 0, path } = error as Error & { code?: string; errcode?: number; path?: string }
  if (code === 'ERR_SQLITE_ERROR') return ofSqlite[errcode & 0xff]
  return ofDisks[code] ?? (path === undefined ? undefined : ofFiles[code])
}
