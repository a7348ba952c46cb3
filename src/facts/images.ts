import type { App } from '../app/app.ts'
import { splitPair } from '../app/written.ts'
import type { Image } from '../check/facts.ts'
import type { Engine, ImageConfig } from '../engine/port.ts'
import type { Store } from '../store/store.ts'

/** The image of each service that is here: of what is built, that of the newest release. */
export async function readImages(
  app: App,
  { engine, store }: { engine: Engine; store: Store },
): Promise<Record<string, Image>> {
  const newest = newestImages(app, store)
  const entries = app.services.map(async ({ name, definition }) => {
    const reference = definition.build === undefined ? definition.image : newest[name]
    const config = reference === undefined ? undefined : await engine.imageConfig(reference)
    return config === undefined ? [] : [[name, readImage(config)] as const]
  })
  return Object.fromEntries((await Promise.all(entries)).flat())
}

/** Image ids by service, of the newest release that came up. */
function newestImages(app: App, store: Store): Readonly<Record<string, string>> {
  const stood = store.releases(app.name).find(({ state }) => state === 'live' || state === 'superseded')
  return stood?.images ?? {}
}

function readImage({ env, history, ...config }: ImageConfig): Image {
  return {
    ...config,
    env: Object.fromEntries(env.map((pair) => [splitPair(pair)[0], splitPair(pair)[1] ?? ''])),
    history: history.toReversed(),
  }
}
