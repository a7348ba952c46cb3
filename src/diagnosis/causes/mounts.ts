import { lineRule, type Rule } from '../cause.ts'
import type { FailedContainer, PathFact, Symptoms } from '../symptoms.ts'

export const mountRules: readonly Rule[] = [
  lineRule(
    {
      id: 'mount-source-missing',
      meaning: 'The file or folder that a service mounts is not on this machine.',
      pattern: /bind source path does not exist: (.+)/,
    },
    ([path]) => ({
      text: `The file mounts ${path}, which does not exist on this machine.`,
      next: `Make it, or correct the path under volumes:  ls -l ${path}`,
    }),
  ),
  lineRule(
    {
      id: 'mount-kind-differs',
      meaning: 'A file is mounted where the image has a folder, or a folder where it has a file.',
      pattern: /error mounting "(.+?)" to rootfs at "(.+?)".*not a directory/,
    },
    ([source = '', target = ''], { paths }) => {
      const kind = factAbout(source, 'machine', paths)?.kind
      if (kind === 'file') {
        return {
          text: `${source} is a file, and ${target} in the image is a folder.`,
          next: `Mount the folder that holds it, or name the file in the target:  ${source}:${target}/${source.split('/').at(-1)}`,
        }
      }
      return {
        text:
          kind === 'folder'
            ? `${source} is a folder, and ${target} in the image is a file. Docker makes an empty folder where the source of a mount is missing.`
            : `One of ${source} and ${target} is a file, and the other a folder.`,
        next: `Look at it:  ls -ld ${source}   If an empty folder stands in the place of a file, remove it and put the file there.`,
      }
    },
  ),
  lineRule(
    {
      id: 'mount-not-writable',
      meaning: 'The app runs as a user that may not use a path on a volume or mount.',
      pattern:
        /(?:permission denied|EACCES|PermissionError).*?['":\s](\/[^\s'":]+)|(\/[^\s'":]+)['"]?: permission denied/i,
    },
    ([after = '', before = ''], { container }) => {
      const path = after || before
      const mount = container?.mounts.find(({ target }) => isBelow(path, target))
      if (container === undefined || mount === undefined || isRoot(container)) return undefined
      return {
        text: `The app runs as user ${container.user}, who may not use ${path} on the ${mount.kind} ${mount.source} (at ${mount.target}).`,
        next: ownerCommand(mount, container),
      }
    },
  ),
  {
    id: 'permission-denied',
    meaning: 'The app runs as a user that may not use a path of its image.',
    recognise: (symptoms) => deniedInImage(symptoms),
  },
]

function deniedInImage({ lines, container }: Symptoms) {
  const at = lines.findLastIndex((line) => /PermissionError: .*Permission denied: '(.+)'/.test(line))
  const path = /Permission denied: '(.+)'/.exec(lines[at] ?? '')?.[1]
  if (path === undefined || container === undefined || isRoot(container)) return undefined
  return {
    at,
    text: `The app runs as user ${container.user}, who may not use ${path} in the image.`,
    next: `Give it to the user in the Dockerfile:  RUN chown -R ${container.user} ${path.replace(/\/[^/]*$/, '') || '/'}   before USER`,
  }
}

/** An empty volume takes the owner of the folder that the image has in its place; one that was used keeps its own. */
function ownerCommand(
  { kind, source, target }: FailedContainer['mounts'][number],
  { user }: FailedContainer,
): string {
  const owner = /^\d+(?::\d+)?$/.test(user) ? user : 'UID'
  if (kind === 'folder') return `Give it to the user:  sudo chown -R ${owner} ${source}`
  return `Give it to the user:  sudo chown -R ${owner} "$(docker volume inspect -f '{{.Mountpoint}}' ${source})"   New volumes take the owner from the image, so write before USER:  RUN mkdir -p ${target} && chown ${user} ${target}`
}

function isRoot({ user }: FailedContainer): boolean {
  return ['', '0', 'root'].includes(user.split(':')[0] ?? '')
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

function factAbout(path: string, at: PathFact['at'], paths: readonly PathFact[]): PathFact | undefined {
  return paths.find((fact) => fact.path === path && fact.at === at)
}
