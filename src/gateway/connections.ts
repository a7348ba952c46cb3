/** Counts rows of /proc/net/tcp in state ESTABLISHED (01) whose remote end is one of the addresses. */
export function countEstablished(table: string, addresses: readonly string[]): number {
  const wanted = new Set(addresses.map(kernelAddress))
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => state === '01' && wanted.has(remote ?? '')).length
}

/** `172.18.0.3:8000` as the kernel writes it: the four bytes in reverse, then the port, in hexadecimal. */
function kernelAddress(address: string): string {
  const [ip = '', port = '0'] = address.split(':')
  const hex = (value: string, width: number): string =>
    Number(value).toString(16).toUpperCase().padStart(width, '0')
  return `${ip
    .split('.')
    .reverse()
    .map((byte) => hex(byte, 2))
    .join('')}:${hex(port, 4)}`
}
