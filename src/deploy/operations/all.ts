import { base } from '../../backup/history/base.ts'
import { rewind } from '../../backup/history/rewind.ts'
import { check } from '../../backup/operations/check.ts'
import { dump } from '../../backup/operations/dump.ts'
import { fetchPoint } from '../../backup/operations/fetch.ts'
import { forget, keep, tidy } from '../../backup/operations/keep.ts'
import { begin, promise, reuse } from '../../backup/operations/precaution.ts'
import { prove } from '../../backup/operations/prove.ts'
import { load, media, swap } from '../../backup/operations/put-back.ts'
import { rehearse } from '../../backup/operations/rehearse.ts'
import type { Operations } from '../operation.ts'
import { backing, cycle } from './backing.ts'
import { certificate } from './certificate.ts'
import { smoke, test } from './gates.ts'
import { build, cache, discard, images } from './images.ts'
import { judge, watch } from './judge.ts'
import { monitor } from './monitor.ts'
import { ready } from './ready.ts'
import { activate, copy, prune, record, resize } from './record.ts'
import { grow, pause, renew, shrink, trim } from './replicas.ts'
import { command, create, start, stop } from './start.ts'
import { steady } from './steady.ts'
import { maintenance, retire, stage, switchTraffic } from './traffic.ts'

/** How each kind of step is carried out. */
export const operations: Operations = {
  images,
  build,
  record,
  copy,
  test,
  backing,
  command,
  create,
  start,
  grow,
  shrink,
  ready,
  steady,
  monitor,
  judge,
  watch,
  pause,
  stage,
  switch: switchTraffic,
  smoke,
  maintenance,
  trim,
  renew,
  cycle,
  resize,
  stop,
  certificate,
  activate,
  retire,
  prune,
  cache,
  begin,
  reuse,
  rehearse,
  discard,
  promise,
  dump,
  base,
  rewind,
  keep,
  prove,
  check,
  forget,
  fetch: fetchPoint,
  load,
  media,
  swap,
  tidy,
}
