import { labels } from '../release/names.ts'

/** A program that works on a backup, in a container that goes with it. */
export interface Tool {
  instance: string
  app: string
  image: string
  program: string
  argv: readonly string[]
  /** `none`, `host` or `container:ID`. */
  network: string
  mounts?: readonly Mount[]
  /** Of its container, and of the host that it believes to be; any unless told. */
  name?: string
  /** `toolRole` unless told: who clears up after a backup removes all of that role. */
  role?: string
  /** Of the image; that of the image itself unless told. */
  user?: string
  /** Variables with values that anybody may see. */
  variables?: Readonly<Record<string, string>>
  /** Names of variables whose values the docker command line takes from its own environment. */
  secrets?: readonly string[]
  /** Whether it reads its standard input. */
  reads?: boolean
}

export interface Mount {
  /** A volume or an absolute path of this machine. */
  source: string
  target: string
  writes?: boolean
}

/** The role of every container that a backup, drill or restore starts, so that recovery finds them. */
export const toolRole = 'backup'

/**
 * An eighth of what other containers have of a processor that all of them want, and all of it when nobody else does:
 * visitors come first.
 */
export const lowPriority: readonly string[] = ['--cpu-shares', '128']

/** Arguments of docker. Pure. */
export function toolArguments(tool: Tool): string[] {
  const { network, image, program, argv, reads = false, secrets = [] } = tool
  return [
    'run',
    '--rm',
    '--init',
    ...(reads ? ['--interactive'] : []),
    ...ownLabels(tool, tool.role),
    ...lowPriority,
    ...(tool.name === undefined ? [] : ['--name', tool.name, '--hostname', tool.name]),
    '--network',
    network,
    ...(tool.user === undefined ? [] : ['--user', tool.user]),
    ...(tool.mounts ?? []).flatMap(mountArguments),
    ...Object.entries(tool.variables ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...secrets.flatMap((name) => ['--env', name]),
    '--pull',
    'never',
    '--entrypoint',
    program,
    image,
    ...argv,
  ]
}

/** A program in a container that runs. Nothing stops it there when Muelle dies, but the end of its standard input. */
export function execArguments(
  container: string,
  { program, argv, secrets = [] }: Pick<Tool, 'program' | 'argv' | 'secrets'>,
): string[] {
  const named = secrets.flatMap((name) => ['--env', name])
  return ['exec', '--interactive', ...named, container, program, ...argv]
}

export function ownLabels({ instance, app }: Pick<Tool, 'instance' | 'app'>, role = toolRole): string[] {
  const own = { [labels.instance]: instance, [labels.app]: app, [labels.role]: role }
  return Object.entries(own).flatMap(([key, value]) => ['--label', `${key}=${value}`])
}

/** Not `--volume`, which takes a colon in a path for a separator. */
export function mountArguments({ source, target, writes = false }: Mount): string[] {
  const type = source.startsWith('/') ? 'bind' : 'volume'
  const fields = [`type=${type}`, `source=${source}`, `target=${target}`, ...(writes ? [] : ['readonly'])]
  return ['--mount', fields.map(quoted).join(',')]
}

/** Docker reads the fields as a line of CSV. */
function quoted(field: string): string {
  return /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
