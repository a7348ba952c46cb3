import type { Services } from '../deploy/with-app.ts'
import type { ComposeLoader } from '../engine/port.ts'
import type { Emit } from '../events/events.ts'
import type { CommitStatuses } from '../notify/commit-status.ts'
import type { Redact } from '../secrets/redact.ts'
import type { Secret } from '../secrets/secret.ts'
import type { Sources } from '../source/sources.ts'
import type { JobKind } from '../store/jobs.ts'

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
  /**
   * For what an agent carries out, so that it goes on without the terminal. Asks what there is to ask, because nobody can
   * be asked later. Undefined for an input that is done at once.
   */
  handOver?(input: Input, io: Io): Promise<HandedOver | undefined>
}

/** What the agent and others have to know of a command that it carries out. */
export interface HandedOver {
  kind: JobKind
  app: string
  /** What makes it another command than one of this kind for this app. */
  sameAs: unknown
  /** A folder that it reads: once that has changed, the same command is another one. */
  folder?: string
  /** Words for the command line, after the name of the command, with which it asks no more. */
  agreed?: readonly string[]
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
  /** Whether somebody sees what is told, and may press Ctrl-C. */
  isTerminal: boolean
  /** For work that is done elsewhere: Ctrl-C and SIGTERM no longer abort `signal`, but come here. */
  onStop(handler: (signal: 'SIGINT' | 'SIGTERM') => void): void
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

/** How it is shown, and which app it is about, make no other command of it. */
const indifferent: ReadonlySet<string> = new Set([
  'json',
  'yes',
  'directory',
  'app',
  'env',
  'file',
  'confirm',
])

/** What makes a command another one than the same for the same app. */
export function essence({ args, options }: Input): unknown {
  const named = Object.entries(options).filter(([name]) => !indifferent.has(name))
  return [args, named.toSorted(([a], [b]) => (a < b ? -1 : 1))]
}
