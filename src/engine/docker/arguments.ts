import type { Project } from '../port.ts'

/** Argument arrays for the docker command line. Pure; nothing here ever passes through a shell. */

function compose(project: Project, ...rest: readonly string[]): string[] {
  return [
    'compose',
    '--project-name',
    project.name,
    '--file',
    project.file,
    '--project-directory',
    project.directory,
    '--progress',
    'plain',
    ...rest,
  ]
}

export function build(project: Project): string[] {
  return compose(project, 'build')
}

export function create(
  project: Project,
  services: readonly string[],
  scale: Readonly<Record<string, number>>,
): string[] {
  const counts = Object.entries(scale).flatMap(([service, count]) => ['--scale', `${service}=${count}`])
  const keep = counts.length > 0 ? ['--no-recreate'] : []
  return compose(project, 'create', '--no-build', '--pull', 'never', ...keep, ...counts, '--', ...services)
}

export function up(project: Project, services: readonly string[]): string[] {
  return compose(project, 'up', '--detach', '--no-build', '--quiet-pull', '--no-color', '--', ...services)
}

/** With `argv` that runs instead of the service's own command, past the entrypoint of its image. */
export function runOnce(project: Project, service: string, argv: readonly string[] = []): string[] {
  const [program, ...rest] = argv
  const instead = program === undefined ? [] : ['--entrypoint', program]
  const once = ['--rm', '--no-deps', '--no-TTY', '--quiet-pull', ...instead]
  return compose(project, 'run', ...once, '--', service, ...rest)
}

/** Prints the variables that Compose fills in, a line each. */
export function environment(project: Project): string[] {
  return compose(project, 'config', '--environment')
}

/**
 * Arguments that print a Compose file as Compose understands it, with every override applied. As YAML, because
 * Compose 2.40 leaves the `x-` keys of services out of its JSON.
 */
export function config(files: readonly string[], options: ConfigOptions): string[] {
  const { directory, projectName, envFiles = [], asWritten = false } = options
  return [
    'compose',
    ...(projectName === undefined ? [] : ['--project-name', projectName]),
    ...files.flatMap((file) => ['--file', file]),
    ...envFiles.flatMap((file) => ['--env-file', file]),
    '--project-directory',
    directory,
    'config',
    // Compose 2.40 leaves `env_file` in only if variables stay as they are too.
    ...(asWritten ? ['--no-interpolate', '--no-env-resolution'] : []),
  ]
}

export interface ConfigOptions {
  directory: string
  /** Instead of the name that the file or its folder gives. */
  projectName?: string
  /** Files that variables are taken from, later ones over earlier ones; none means `.env`. */
  envFiles?: readonly string[]
  /** Without the values of variables and env files. */
  asWritten?: boolean
}
