import { CommanderError, Command as Parser } from 'commander'
import { MuelleError } from '../errors/muelle-error.ts'
import { type Command, type Input, type Option, shared } from './command.ts'

export interface Invocation {
  command: Command
  input: Input
  json: boolean
}

/**
 * Understands a command line.
 * @returns what to run, or undefined when help was shown
 * @throws MuelleError USAGE
 */
export function parse(
  commands: readonly Command[],
  argv: readonly string[],
  write: (text: string) => void,
): Invocation | undefined {
  let invocation: Invocation | undefined
  const program = buildProgram(commands, (found) => {
    invocation = found
  })
  const complaints: string[] = []
  program.configureOutput({ writeOut: write, writeErr: (line) => complaints.push(line) })
  for (const parser of program.commands) parser.copyInheritedSettings(program)
  try {
    program.parse(withoutShorthand(argv), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return undefined
    const message =
      complaints
        .join('')
        .replace(/^error: /, '')
        .trim() || error.message
    const name = commands.find((command) => command.name === argv[0])?.name
    const help = name === undefined ? 'muelle help' : `muelle ${name} --help`
    throw new MuelleError('USAGE', message, { hint: `See what there is:  ${help}` })
  }
  return invocation
}

/** What hands type out of habit. */
function withoutShorthand([first = 'help', ...rest]: readonly string[]): string[] {
  return [first === '--version' || first === '-V' ? 'version' : first, ...rest]
}

/** The parser, which also knows the help texts; docs/reference/cli.md is generated from it. */
export function buildProgram(commands: readonly Command[], found: (invocation: Invocation) => void): Parser {
  const program = new Parser('muelle')
    .description(
      'Puts a web app into production on your own server from its Compose file,\nand springs back when a release goes wrong.',
    )
    .exitOverride()
    .helpCommand('help [command]', 'Show help for a command')
    .addHelpText(
      'after',
      '\nOn another machine: muelle --host ssh://USER@SERVER COMMAND …\nExit codes and error codes: docs/reference/errors.md',
    )
  for (const command of commands) {
    const description = [command.summary, ...(command.details ?? [])].join('. ')
    const parser = program.command(command.name).summary(command.summary).description(description)
    for (const argument of command.arguments ?? []) parser.argument(argument.name, argument.description)
    for (const { flags, description } of optionsOf(command)) parser.option(flags, description)
    if (command.passesOptionsOn === true) {
      program.enablePositionalOptions()
      parser.passThroughOptions()
    }
    const examples = command.examples?.map((example) => `  ${example}`).join('\n')
    if (examples !== undefined) parser.addHelpText('after', `\nExamples:\n${examples}`)
    parser.action(() => {
      const options = parser.opts()
      found({ command, input: { args: parser.args, options }, json: options['json'] === true })
    })
  }
  return program
}

const yes: Option = { flags: '-y, --yes', description: 'answer yes when the launcher asks to install Docker' }

function optionsOf({ options = [], isAboutApp, returnsData }: Command): readonly Option[] {
  return [
    ...options,
    ...(isAboutApp === true ? [shared.app, shared.environment] : []),
    { flags: '-C, --directory <path>', description: 'the project folder (default: the current one)' },
    ...(returnsData === true ? [{ flags: '--json', description: 'print the result as JSON' }] : []),
    ...(options.some(({ flags }) => flags === yes.flags) ? [] : [yes]),
  ]
}
