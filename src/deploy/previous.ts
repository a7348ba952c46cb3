import type { Context } from './operation.ts'

/**
 * For the hint of a step that failed, with a space behind it: where visitors are. Until the first release is live there
 * is none that they could stay on, and nothing is said.
 * @param traffic `Traffic stays`, or `Traffic is`
 */
export function onPrevious(traffic: string, { app, store }: Pick<Context, 'app' | 'store'>): string {
  const isThere = store.releases(app.name).some(({ state }) => state === 'live')
  return isThere ? `${traffic} on the previous release. ` : ''
}
