/**
 * Milliseconds on CLOCK_MONOTONIC. Its origin is the machine's, not the process's, so times taken by the
 * load generator and by a bench compare directly, and an NTP step cannot move them.
 */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
