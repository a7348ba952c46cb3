/** What to do where Docker Compose refuses a file, by what it printed. Pure. */
export function nextAfter(log: readonly string[], paths: readonly string[]): string {
  const text = log.join('\n')
  const variable = /required variable (\w+) is missing a value/.exec(text)?.[1]
  // `${NAME:?}` without a value is what most often goes wrong, and needs no look into the file.
  if (variable !== undefined)
    return `Give ${variable} a value in .env, or, encrypted:  muelle secrets set ${variable}`
  const service = oneNameForMany(text)
  if (service !== undefined)
    return `${service} has a container_name, which only one container can have, and more than one replica. Remove container_name from it; the other services reach it as ${service}.`
  const unset = emptyVariables(text)
  if (unset.length > 0)
    return `Give ${unset.join(', ')} a value in .env: without one nothing stands in its place.`
  return `Check it by hand:  docker compose ${paths.map((path) => `-f ${path}`).join(' ')} config`
}

/** Compose warns of each variable that has no value, and then stumbles over a port or a mount of which half is missing. */
function emptyVariables(text: string): string[] {
  if (!/No port specified|empty section between colons|invalid (?:host|container)Port/.test(text)) return []
  return [
    ...new Set(
      [...text.matchAll(/The \\?"(\w+)\\?" variable is not set/g)].flatMap(([, name]) => name ?? []),
    ),
  ]
}

/** Compose 2.40 says `services.deploy.replicas: can't set container_name and web`, which its source means the other way round. */
function oneNameForMany(text: string): string | undefined {
  const [, place, other] =
    /services\.([\w.-]+): can't set container_name and ([\w.-]+) as container name must be unique/.exec(
      text,
    ) ?? []
  return [place, other].find((each) => each !== 'deploy.replicas' && each !== 'scale')
}
