import { type ComposeMount, imageBaseName } from '../../app/compose.ts'
import { type Dockerfile, finalStages, lastOf } from '../../app/dockerfile.ts'
import type { ServerKind } from '../../app/servers.ts'
import { serverKindOf } from '../images.ts'
import { inCompose, relative } from '../place.ts'
import type { Rule } from '../rule.ts'
import { each, released, running } from '../services.ts'

/** Servers whose data is the app's own, and where their official images keep it. */
const dataFolders: Partial<Readonly<Record<ServerKind, string>>> = {
  postgres: '/var/lib/postgresql/data',
  mysql: '/var/lib/mysql',
  mongo: '/data/db',
  search: '/usr/share/elasticsearch/data',
  clickhouse: '/var/lib/clickhouse',
  minio: '/data',
}

/** Mounts that servers get beside their data. */
const notData =
  /^\/(?:etc|docker-entrypoint-initdb\.d|tmp|usr\/(?!share)|scripts?|backups?|certs?|var\/log|var\/run|run|root|init)(?:\/|$)|\.(?:sql|sh|conf|cnf|ya?ml|json|pem|key|crt)$/

function mayHoldData({ type, target }: ComposeMount): boolean {
  return type === 'tmpfs' || !notData.test(target)
}

const dataUnmounted: Rule = {
  id: 'compose-data-unmounted',
  severity: 'critical',
  reason: 'What a database keeps in its container is gone when the container is replaced.',
  fix: 'Give the service a named volume at the folder where its image keeps the data.',
  find: (facts) =>
    each(running(facts), (service) => {
      const { name, definition } = service
      const kind = serverKindOf(service)
      const folder = kind === undefined ? undefined : dataFolders[kind]
      const isElsewhere =
        (definition.volumes_from ?? []).length > 0 || [definition.tmpfs ?? []].flat().length > 0
      if (folder === undefined || isElsewhere || (definition.volumes ?? []).some(mayHoldData))
        return undefined
      return {
        ...inCompose(facts, name),
        what: `${name} keeps its data in no volume.`,
        write: `volumes: ["${name}_data:${folder}"]  in ${name}, and  volumes: {${name}_data: }  at the top level`,
      }
    }),
}

const volumeAnonymous: Rule = {
  id: 'compose-volume-anonymous',
  severity: 'medium',
  reason:
    'A volume without a name is found by nobody: the next container gets an empty one, and a clean-up takes the old one away.',
  fix: 'Give the volume a name, and declare it at the top level.',
  find: (facts) =>
    running(facts).flatMap(({ name, definition }) =>
      (definition.volumes ?? [])
        .filter(
          ({ type, source, target }) => type === 'volume' && (source ?? '') === '' && !isDependencies(target),
        )
        .map(({ target }) => ({
          ...inCompose(facts, name, 'volumes'),
          what: `${name} keeps ${target} in a volume without a name.`,
          write: `- ${target.split('/').at(-1)}:${target}`,
        })),
    ),
}

/** Hides what a bind mount would cover; nobody misses it. */
function isDependencies(target: string): boolean {
  return /\/(?:node_modules|\.next|\.venv|venv|vendor|__pycache__)\/?$/.test(target)
}

/** Images that run whatever source they are given. */
const runtimes = /^(?:python|node|php|ruby|golang|deno|bun)$/

const sourceMounted: Rule = {
  id: 'compose-source-mounted',
  severity: 'high',
  reason:
    'With the source folder mounted over the image a release is whatever lies in that folder now: both releases change at once, and a rollback brings nothing back.',
  fix: 'Let the Dockerfile copy the source, and keep the mount in compose.override.yaml for development.',
  find: (facts) =>
    released(facts).flatMap(({ name, definition }) => {
      const { directory } = facts.app
      const isApp = definition.build !== undefined || runtimes.test(imageBaseName(definition.image ?? ''))
      const roots = [directory, definition.build?.context ?? directory]
      return (definition.volumes ?? [])
        .filter(({ type, source = '', target }) => {
          if (!isApp || type !== 'bind' || !roots.includes(source) || target.startsWith('/etc/')) return false
          return !isBesideCode(facts.builds[name]?.dockerfile, definition.build?.target, target)
        })
        .map(({ source = '', target }) => ({
          ...inCompose(facts, name, 'volumes'),
          what: `${name} runs the source folder at ${target}, not what its image holds.`,
          write: `Remove  ${source === directory ? '.' : `./${relative(directory, source)}`}:${target}  from ${name}; let its image have a copy.`,
        }))
    }),
}

/** A folder below the copy that the image has of all its source, for what it hands out, covers nothing of that. */
function isBesideCode(
  dockerfile: Dockerfile | undefined,
  stage: string | undefined,
  target: string,
): boolean {
  if (dockerfile === undefined) return false
  const stages = finalStages(dockerfile, stage)
  const workdir = lastOf(stages, 'WORKDIR')?.rest ?? '/'
  const copies = stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ keyword, flags }) => keyword === 'COPY' && !flags.some((flag) => flag.startsWith('--from')))
    .map(({ rest }) => rest.split(/\s+/))
  const takesAll = ([source = '', folder = '', ...others]: readonly string[]): boolean =>
    others.length === 0 && /^\.\/?$/.test(source) && target.startsWith(`${folderIn(workdir, folder)}/`)
  const covers = (words: readonly string[]): boolean =>
    `${folderIn(workdir, words.at(-1) ?? '')}/`.startsWith(`${target}/`)
  return copies.some(takesAll) && !copies.some(covers)
}

/** As Docker reads the destination of a COPY. */
function folderIn(workdir: string, folder: string): string {
  const path = folder.startsWith('/') ? folder : `${workdir}/${folder}`
  return `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`
}

export const dataRules: readonly Rule[] = [dataUnmounted, volumeAnonymous, sourceMounted]
