/** A shell command that sends process 1 of its container a signal whenever a file has another text. */
export function whenChanged(file: string, signal: 'HUP' | 'TERM'): string {
  return `(
text() { cat ${file} 2>/dev/null; }
last=$(text)
while sleep 2; do
  now=$(text)
  [ "$now" = "$last" ] || kill -${signal} 1
  last=$now
done
)`
}
