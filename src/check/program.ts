import type { Service } from '../app/app.ts'
import { argvOf, finalStages, type Instruction, lastOf } from '../app/dockerfile.ts'
import type { Facts } from './facts.ts'
import { inCompose, relative } from './place.ts'
import type { Place } from './rule.ts'

/** What a service starts, and where that is written. */
export interface Program {
  argv: readonly string[]
  place: Place
}

/** The entrypoint and the command: those of the Compose file, then of the Dockerfile, then of the image that is here. */
export function programOf(facts: Facts, service: Service): Program {
  const { definition, name } = service
  const own = ['entrypoint', 'command'].find((key) => listed(definition[key]).length > 0)
  const image = imageProgram(facts, service)
  const entrypoint = listed(definition.entrypoint)
  const command = listed(definition.command)
  // An entrypoint of the file takes the image's command away with its entrypoint.
  const argv = [
    ...(entrypoint.length > 0 ? entrypoint : image.entrypoint),
    ...(command.length > 0 || entrypoint.length > 0 ? command : image.command),
  ]
  return { argv, place: own === undefined ? image.place : inCompose(facts, name, own) }
}

/** As one line, for recognising programs in it. */
export function programLine(facts: Facts, service: Service): string {
  return programOf(facts, service).argv.join(' ')
}

/** What a shell is told to run, when the program is a shell. */
export function shellScript({ argv }: Program): { shell: string; script: string } | undefined {
  const at = argv.findIndex((word, index) => isShell(word) && /^-\w*c$/.test(argv[index + 1] ?? ''))
  const script = argv[at + 2]
  return at < 0 || script === undefined ? undefined : { shell: baseName(argv[at] ?? ''), script }
}

/** The value of an option such as `--timeout 30`, `--timeout=30` or `-t 30`. */
export function optionValue(line: string, ...names: readonly string[]): string | undefined {
  const found = new RegExp(`(?:^|\\s)(?:${names.join('|')})(?:=|\\s+)(["']?)([^\\s"']+)\\1`).exec(line)
  return found?.[2]
}

interface ImageProgram {
  entrypoint: readonly string[]
  command: readonly string[]
  place: Place
}

function imageProgram({ app, builds, images }: Facts, { definition, name }: Service): ImageProgram {
  const dockerfile = builds[name]?.dockerfile
  const image = images[name]
  if (dockerfile === undefined || dockerfile.stages.length === 0) {
    return { entrypoint: image?.entrypoint ?? [], command: image?.command ?? [], place: { service: name } }
  }
  const stages = finalStages(dockerfile, definition.build?.target)
  const shellOf = lastOf(stages, 'SHELL')
  const shell = shellOf === undefined ? undefined : argvOf(shellOf)
  const read = (
    instruction: Instruction | undefined,
    otherwise: readonly string[] = [],
  ): readonly string[] => (instruction === undefined ? otherwise : argvOf(instruction, shell))
  const command = lastOf(stages, 'CMD')
  const entrypoint = lastOf(stages, 'ENTRYPOINT')
  const line = (command ?? entrypoint)?.line
  return {
    entrypoint: read(entrypoint, image?.entrypoint),
    command: read(command, image?.command),
    place: {
      service: name,
      file: relative(app.directory, dockerfile.path),
      ...(line === undefined ? {} : { line }),
    },
  }
}

function listed(value: unknown): string[] {
  return value === null || value === undefined ? [] : [value].flat().map(String)
}

function isShell(word: string): boolean {
  return /^(?:sh|ash|dash|bash)$/.test(baseName(word))
}

function baseName(path: string): string {
  return path.split('/').at(-1) ?? path
}
