/** The body that asks an app to store a code, and its headers. */
export function itemOf(code: string) {
  const body = JSON.stringify({ code })
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
  return { body, headers }
}
