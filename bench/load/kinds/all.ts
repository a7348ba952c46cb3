import { followEvents } from './events.ts'
import { sendStreams } from './http2.ts'
import { talkForLong } from './long-websocket.ts'
import type { Kind } from './session.ts'
import { awaitSlowAnswer } from './slow-answer.ts'
import { uploadSlowly } from './slow-upload.ts'
import { talkOverWebSocket } from './websocket.ts'

/** Every kind of session, with how long one takes and how many are under way unless asked otherwise. */
export const kinds = {
  http2: { run: sendStreams, seconds: 20, count: 1 },
  'slow-upload': { run: uploadSlowly, seconds: 10, count: 2 },
  'slow-answer': { run: awaitSlowAnswer, seconds: 25, count: 2 },
  events: { run: followEvents, seconds: 20, count: 2 },
  websocket: { run: talkOverWebSocket, seconds: 20, count: 2 },
  'long-websocket': { run: talkForLong, seconds: 120, count: 0 },
} satisfies Record<string, { run: Kind; seconds: number; count: number }>

export type KindName = keyof typeof kinds
