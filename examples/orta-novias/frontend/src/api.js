async function call(path, options) {
  const response = await fetch(`/api/${path}`, options)
  const body = await response.json()
  if (response.ok) return body
  throw new Error(Object.values(body).flat().join(' '))
}

export const fetchDresses = async () => (await call('dresses/')).dresses

export const requestAppointment = (fields) =>
  call('appointments/', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(fields),
  })

/** Asks until a worker has confirmed it, for at most half a minute. */
export async function untilConfirmed(id) {
  for (let attempt = 0; attempt < 30; attempt++) {
    const { confirmed } = await call(`appointments/${id}/`)
    if (confirmed !== null) return true
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  return false
}
