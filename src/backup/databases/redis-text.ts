/** What Redis and its programs print. Pure. */

/** Of keys that may go at any moment nobody knows how many there are. */
const lasting = 'keys without expiry'

/** What `INFO` tells, by name. */
export function readInfo(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(/\r?\n/).flatMap((line) => {
      const [, name, value] = /^(\w+):(.*)$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, value]]
    }),
  )
}

export function withoutExpiry(info: Readonly<Record<string, string>>): Record<string, number> {
  const counts = Object.entries(info).flatMap(([name, value]) => {
    const [, keys, expires] = (/^db\d+$/.test(name) && /^keys=(\d+),expires=(\d+)/.exec(value)) || []
    return keys === undefined ? [] : [Number(keys) - Number(expires)]
  })
  return { [lasting]: counts.reduce((sum, count) => sum + count, 0) }
}

/** @throws Error when the program did not come to an end */
export function readChecked(text: string): Record<string, number> {
  const keys = /(\d+) keys read/.exec(text)?.[1]
  const expires = /(\d+) expires/.exec(text)?.[1]
  if (keys === undefined || expires === undefined) throw new Error('redis-check-rdb did not tell all')
  return { [lasting]: Number(keys) - Number(expires) }
}
