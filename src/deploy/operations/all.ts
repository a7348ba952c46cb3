import type { Operations } from '../operation.ts'
import { backing } from './backing.ts'
import { build, images } from './images.ts'
import { judge, watch } from './judge.ts'
import { ready } from './ready.ts'
import { activate, prune, record } from './record.ts'
import { grow, pause, shrink } from './replicas.ts'
import { command, create, start, stop } from './start.ts'
import { retire, stage, switchTraffic } from './traffic.ts'

/** How each kind of step is carried out. */
export const operations: Operations = {
  images,
  build,
  record,
  backing,
  command,
  create,
  start,
  grow,
  shrink,
  ready,
  judge,
  watch,
  pause,
  stage,
  switch: switchTraffic,
  stop,
  activate,
  retire,
  prune,
}
