import type { Services } from '../deploy/with-app.ts'
import type { ComposeLoader } from '../engine/port.ts'
import type { Emit } from '../events/events.ts'
import type { CommitStatuses } from '../notify/commit-status.ts'
import type { Redact } from '../secrets/redact.ts'
import type { Secret } from '../secrets/secret.ts'
import type { Sources } from '../source/sources.ts'

/** A command of the command line, as data: it feeds the parser, `--help` and docs/reference/cli.md. */
export interface Command {
  name: string
  summary: string
  /** Sentences that `--help` adds to the summary, each without its full stop. */
  details?: readonly string[]
  /** Positional arguments in Commander's notation: `[path]`, `<service>`, `[command...]`. */
  arguments?: readonly { name: string; description: string }[]
  options?: readonly Option[]
  /** Whether it takes `--app`, `--env` and `-C` to say which app it means. */
  isAboutApp?: boolean
  /** Whether it returns data, and so takes `--json`. */
  returnsData?: boolean
  /** Options after the first argument belong to the program that is run. */
  passesOptionsOn?: boolean
  examples?: readonly string[]
  run(input: Input, io: Io): Promise<Output>
}

export interface Option {
  flags: string
  description: string
}

/** Options that several commands take, each with one meaning. */
export const shared = {
  app: { flags: '-a, --app <name>', description: 'the app (default: the one of the folder)' },
  environment: { flags: '--env <name>', description: 'the environment (default: production)' },
  files: { flags: '-f, --file <file...>', description: 'Compose files, in order' },
  /** What someone can say to a deployment before it asks. */
  agreements: [
    {
      flags: '--replace <service...>',
      description: 'agree to replace a running backing service whose definition changed',
    },
    {
      flags: '--ignore-memory',
      description: 'start the second set of replicas even when the memory for it seems to be missing',
    },
    {
      flags: '--no-backup',
      description: 'make no restore point before the release commands; it is recorded with the deployment',
    },
    {
      flags: '--unattended',
      description: 'deploy only when updates are not paused, for cron, hooks and CI',
    },
    {
      flags: '--allow <rule...>',
      description: 'let pass what a rule of the check finds; it is recorded with the deployment',
    },
  ],
} as const satisfies Record<string, Option | readonly Option[]>

export interface Input {
  /** Positional arguments, in order. */
  args: readonly string[]
  /** Option values by camel-cased name. */
  options: Readonly<Record<string, unknown>>
}

/** What a command returns; text and JSON are rendered from the same data. */
export interface Output {
  data?: unknown
  /** For people, without a final newline. */
  text?: string
  exitCode?: number
}

/** What a command may touch of the world around it. */
export interface Io {
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  signal: AbortSignal
  /** Makes the adapters on first use, so that `help` and `version` start at once. */
  services(): Promise<CliServices>
  compose(): Promise<ComposeLoader>
  emit: Emit
  /** Writes to standard output what comes bit by bit, and may have no end; all else is returned. */
  write(text: string): void
  /** Asks at the terminal; undefined when there is none. */
  ask(question: string): Promise<string | undefined>
  /** Questions of several kinds; undefined where there is no terminal. */
  prompts(): Promise<Prompts | undefined>
  /** Asks without showing what is typed; where there is no terminal, all of standard input is the answer. */
  askSecret(question: string): Promise<Secret>
  /** Runs a program on this terminal, and resolves with its exit code. With `redact` its lines pass through that. */
  attach(program: string, argv: readonly string[], redact?: Redact): Promise<number>
}

/** Each of them throws MuelleError INTERRUPTED on Ctrl-C. */
export interface Prompts {
  text(question: {
    message: string
    initial?: string
    placeholder?: string
    /** What is wrong with an answer, if anything. */
    validate?: (answer: string) => string | undefined
  }): Promise<string>
  choose(question: {
    message: string
    choices: readonly { value: string; label: string; hint?: string }[]
    initial: string
  }): Promise<string>
  /** @param initial what Enter says */
  confirm(message: string, initial: boolean): Promise<boolean>
}

export interface CliServices extends Services {
  sources: Sources
  commitStatuses: CommitStatuses
  ports: { http: number; https: number }
  gatewayImage: string
  certbotImage: string
  acmeServer: string | undefined
}

/** A string option, or undefined. */
export function text(input: Input, name: string): string | undefined {
  const value = input.options[name]
  return typeof value === 'string' ? value : undefined
}

export function flag(input: Input, name: string): boolean {
  return input.options[name] === true
}

export function list(input: Input, name: string): readonly string[] {
  const value = input.options[name]
  return Array.isArray(value) ? value.map(String) : []
}
