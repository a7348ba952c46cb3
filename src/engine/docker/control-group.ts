import { readFile } from 'node:fs/promises'

/**
 * Where Linux tells of a container, by version of the control groups and by who drives them (docs.docker.com,
 * "Runtime metrics"). The Engine API tells too, but some versions only once a second.
 * @param controller the folder of version 1, such as `memory`; version 2 has one for all
 */
function folders(id: string, controller: string): string[] {
  const groups = [`docker/${id}`, `system.slice/docker-${id}.scope`]
  return ['/sys/fs/cgroup', `/sys/fs/cgroup/${controller}`].flatMap((root) =>
    groups.map((group) => `${root}/${group}`),
  )
}

/** Which of the paths is there, by controller: it is the same one for all containers of a machine. */
const there = new Map<string, number>()

/** @returns what is in the first of the files that is there; nothing when the engine is on another machine */
export async function readControlGroup(
  id: string,
  controller: string,
  files: readonly string[],
): Promise<string> {
  const paths = folders(id, controller).flatMap((folder) => files.map((file) => `${folder}/${file}`))
  // One after the other: of thirty containers at once, the ones that are not there would be most of the work.
  const likely = there.get(controller) ?? 0
  for (const index of [likely, ...paths.keys().filter((each) => each !== likely)]) {
    const text = await readFile(paths[index] ?? '', 'utf8').catch(() => '')
    if (text === '') continue
    there.set(controller, index)
    return text
  }
  return ''
}
