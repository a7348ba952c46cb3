import type { App } from '../../src/app/app.ts'
import type { Facts } from '../../src/check/facts.ts'

/** The facts of an app that has no files. */
export function factsOf(app: App, more: Partial<Facts> = {}): Facts {
  return {
    app,
    today: '2026-01-02',
    written: [],
    envFiles: [],
    builds: {},
    images: {},
    proxyFiles: [],
    django: undefined,
    ...more,
  }
}
