import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cleanup } from './host.ts'

/** An empty folder that goes when the test, or the suite, ends. */
export function temporaryFolder(t: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'muelle-test-'))
  t.after(async () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
