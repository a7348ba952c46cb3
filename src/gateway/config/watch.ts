/**
 * A shell command that sends process 1 of its container a signal when a file has another text. Two seconds after it was
 * seen: whoever wrote it may still be starting.
 */
export function whenChanged(file: string, signal: 'HUP' | 'TERM'): string {
  return `(
text() { cat ${file} 2>/dev/null; }
last=$(text)
while sleep 2; do
  now=$(text)
  [ "$now" != "$last" ] || continue
  sleep 2
  kill -${signal} 1
  last=$now
done
)`
}
