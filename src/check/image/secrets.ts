import type { Service } from '../../app/app.ts'
import { type Dockerfile, finalStages, type Instruction, pairsOf } from '../../app/dockerfile.ts'
import type { EnvFile, Facts } from '../facts.ts'
import { inCompose, relative } from '../place.ts'
import type { Finding, Rule } from '../rule.ts'
import {
  isPlaceholder,
  isRandomSecret,
  isRealSecret,
  isSecretName,
  isVariable,
  passwordInUrl,
} from '../secrets.ts'
import { running } from '../services.ts'

function secretsIn({ values }: EnvFile): string[] {
  return Object.entries(values)
    .filter(([name, value]) => isRealSecret(name, value))
    .map(([name]) => name)
}

const envFileExposed: Rule = {
  id: 'env-file-exposed',
  severity: 'critical',
  reason:
    'Secrets in a file that Git tracks are in every clone, for ever; in a file that every user of the machine can read they belong to whichever program is broken into first.',
  fix: '`git rm --cached .env`, add it to `.gitignore` and change the secrets; `chmod 600 .env`.',
  find: ({ app, envFiles }) =>
    envFiles.flatMap((file) => {
      const [secret] = secretsIn(file)
      if (secret === undefined) return []
      const name = relative(app.directory, file.path)
      return [
        ...when(file.isTracked, {
          file: name,
          what: `Git tracks ${name}, which holds ${secret}.`,
          write: `git rm --cached ${name} && echo ${name} >> .gitignore   and change what is in it`,
        }),
        // What Git hands to everyone is no longer a secret of this machine.
        ...when(file.isWorldReadable && !file.isTracked, {
          file: name,
          what: `Every user of this machine can read ${name}, which holds ${secret}.`,
          write: `chmod 600 ${name}`,
        }),
      ]
    }),
}

const secretBaked: Rule = {
  id: 'image-secret-baked',
  severity: 'critical',
  reason:
    'What is written into an image stays in its layers and its history, and goes wherever the image goes.',
  fix: 'Give secrets to the container as environment, and to a build by `RUN --mount=type=secret`; list `.env` in `.dockerignore`.',
  find: (facts) => {
    const seen = new Set<string>()
    return running(facts)
      .flatMap((service) => {
        const written = [...inDockerfile(facts, service), ...inArguments(facts, service)]
        return [...written, ...inImage(facts, service, written)]
      })
      .filter((finding) => {
        const key = `${finding.file} ${finding.line} ${finding.what}`
        return !seen.has(key) && seen.add(key)
      })
  },
}

function inDockerfile(facts: Facts, { name, definition }: Service): Finding[] {
  const build = facts.builds[name]
  if (build?.dockerfile === undefined) return []
  const { dockerfile, sentEnvFiles } = build
  const file = relative(facts.app.directory, dockerfile.path)
  return finalStages(dockerfile, definition.build?.target).flatMap(({ instructions }) =>
    instructions.flatMap((instruction) => [
      ...literalsOf(instruction).map((variable) => ({
        file,
        line: instruction.line,
        what: `${instruction.keyword} writes ${variable} into the image.`,
        write: `Remove ${variable} from the Dockerfile, and set it in the environment of ${name}.`,
      })),
      ...copiedEnvFiles(instruction, sentEnvFiles).map((copied) => ({
        file,
        line: instruction.line,
        what: `${instruction.keyword} takes ${copied}, with its secrets, into the image.`,
        write: `echo '${copied}' >> .dockerignore`,
      })),
    ]),
  )
}

/** A fallback that a build needs, such as a key for `collectstatic`, is no secret; only random values are taken for one. */
function literalsOf(instruction: Instruction): string[] {
  if (instruction.keyword !== 'ENV' && instruction.keyword !== 'ARG') return []
  return Object.entries(pairsOf(instruction))
    .filter(([name, value]) => isBaked(name, value))
    .map(([name]) => name)
}

function isBaked(name: string, value: string): boolean {
  if (isVariable(value) || isPlaceholder(value)) return false
  const inUrl = passwordInUrl(value)
  return isRandomSecret(inUrl ?? value) && (inUrl !== undefined || isSecretName(name))
}

function copiedEnvFiles({ keyword, rest, flags }: Instruction, sent: readonly string[]): string[] {
  if ((keyword !== 'COPY' && keyword !== 'ADD') || flags.some((flag) => flag.startsWith('--from'))) return []
  const sources = rest
    .split(/\s+/)
    .slice(0, -1)
    .map((source) => source.replace(/^\.\//, ''))
  const takesAll = sources.some((source) => ['', '.', '*'].includes(source))
  return sent.filter((name) => takesAll || sources.includes(name))
}

/** Docker writes the arguments of a build into the history of the image. */
function inArguments(facts: Facts, { name, definition }: Service): Finding[] {
  const dockerfile = facts.builds[name]?.dockerfile
  if (dockerfile === undefined) return []
  const declared = declaredArguments(dockerfile, definition.build?.target)
  return Object.entries(definition.build?.args ?? {})
    .filter(
      ([argument, value]) => declared.has(argument) && value !== null && isBaked(argument, String(value)),
    )
    .map(([argument]) => ({
      ...inCompose(facts, name, 'build', 'args', argument),
      what: `The build argument ${argument} of ${name} stays in the history of the image.`,
      write: `RUN --mount=type=secret,id=${argument}  in the Dockerfile, and  build: {secrets: [${argument}]}`,
    }))
}

function declaredArguments(dockerfile: Dockerfile, target: string | undefined): Set<string> {
  const declared = finalStages(dockerfile, target).flatMap(({ instructions }) =>
    instructions.filter(({ keyword }) => keyword === 'ARG').map(({ rest }) => rest.split(/[=\s]/)[0] ?? ''),
  )
  return new Set(declared)
}

/** What the image that is here holds beyond that, of its base for instance. */
function inImage(facts: Facts, { name, definition }: Service, written: readonly Finding[]): Finding[] {
  const image = facts.images[name]
  if (image === undefined || definition.build === undefined) return []
  const kept = [...Object.entries(image.env), ...image.history.flatMap(argumentsOf)]
  const variables = new Set(
    kept.filter(([variable, value]) => isBaked(variable, value)).map(([variable]) => variable),
  )
  return [...variables]
    .filter((variable) => !written.some(({ what }) => what.split(' ').includes(variable)))
    .map((variable) => ({
      service: name,
      what: `The image of ${name} holds ${variable}.`,
      write: `Remove ${variable} from what builds the image, and set it in the environment of ${name}.`,
    }))
}

/** `|2 NAME=value OTHER=value /bin/sh -c …` is how the history tells the arguments of a build. */
function argumentsOf(layer: string): [name: string, value: string][] {
  const given = /(?:^|RUN )\|\d+ (.*?) \/bin\//.exec(layer)?.[1] ?? ''
  return [...given.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value])
}

const ignoreMissing: Rule = {
  id: 'image-ignore-missing',
  severity: 'medium',
  reason:
    'Without a .dockerignore the whole folder goes to the builder and, with `COPY . .`, into the image: Git’s history, caches and whatever secrets lie there.',
  fix: 'A `.dockerignore` with `.git`, `.env*`, caches, virtual environments and uploads.',
  find: (facts) => {
    const contexts = new Map(
      Object.entries(facts.builds).map(([service, build]) => [build.context, { service, build }]),
    )
    return [...contexts.values()]
      .filter(({ build }) => !build.hasIgnoreFile && build.dockerfile !== undefined)
      .map(({ service, build }) => ({
        service,
        file: relative(facts.app.directory, build.dockerfile?.path ?? ''),
        what: 'There is no .dockerignore beside what is built.',
        write: `printf '.git\\n.env*\\n**/__pycache__\\n' > ${relative(facts.app.directory, `${build.context}/.dockerignore`)}`,
      }))
  },
}

function when(condition: boolean, finding: Finding): Finding[] {
  return condition ? [finding] : []
}

export const imageSecretRules: readonly Rule[] = [envFileExposed, secretBaked, ignoreMissing]
