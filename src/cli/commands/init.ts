import { resolve } from 'node:path'
import { shellWord } from '../../app/shell-word.ts'
import { type Command, flag, type Input, text } from '../command.ts'

export const init: Command = {
  name: 'init',
  summary: 'Write what a Django, Flask or Node project needs to be deployed',
  details: [
    'Reads the project and runs nothing of it',
    'Writes a Dockerfile, a Compose file and what belongs to them; in a project with a Compose file only what x-muelle in it lacks',
    'Asks at a terminal; elsewhere it shows what it would write, and writes it with --yes',
    'A file that is there stays, unless you say otherwise',
  ],
  arguments: [{ name: '[path]', description: 'the project folder (default: the current one)' }],
  options: [
    { flags: '--domain <host...>', description: 'host names that the app answers to, with TLS' },
    { flags: '--email <address>', description: 'get a certificate of Let’s Encrypt' },
    {
      flags: '--database <kind>',
      description:
        'postgres, mysql, sqlite, external or none; postgres:16 for a version (default: as the project has it)',
    },
    { flags: '--port <number>', description: 'the port on which the app listens in its container' },
    { flags: '--settings <module>', description: 'the settings of Django, where there are several' },
    { flags: '--celery <app>', description: 'the Celery app, where there are several' },
    { flags: '-f, --file <file>', description: 'the Compose file, where there are several' },
    {
      flags: '--ci <kind>',
      description:
        'only write a workflow that updates the app after a push: github (over SSH) or github-webhook',
    },
    { flags: '--overwrite', description: 'replace files that are there already' },
    { flags: '-y, --yes', description: 'write without asking' },
  ],
  returnsData: true,
  examples: [
    'muelle init',
    'muelle init path/to/project --domain shop.example.com --yes',
    'muelle init --database postgres:16',
    'muelle init --ci github',
  ],
  run: async (input, io) => {
    const directory = resolve(io.cwd, text(input, 'directory') ?? '.', input.args[0] ?? '.')
    const kind = text(input, 'ci')
    if (kind !== undefined) {
      const { writeWorkflow } = await import('../init/write-workflow.ts')
      const files = text(input, 'file') === undefined ? [] : [resolve(directory, text(input, 'file') ?? '')]
      return writeWorkflow({ directory, kind, files, mayReplace: flag(input, 'overwrite') }, io)
    }
    const [{ startSession }, { readChoices }] = await Promise.all([
      import('../init/session.ts'),
      import('../init/choices.ts'),
    ])
    const given = readChoices(input)
    const session = await startSession(directory, io.signal)
    const isAgreed = flag(input, 'yes')
    const prompts = isAgreed || flag(input, 'json') ? undefined : await io.prompts()
    if (prompts !== undefined) return session.ask(given, prompts)
    return isAgreed ? session.write(given) : session.show(given, commandLine(input))
  },
}

/** The same command with its options, and a yes. */
function commandLine({ args, options }: Input): string {
  const words = Object.entries(options).flatMap(([name, value]) => {
    if (name === 'json' || name === 'yes') return []
    return [`--${name}`, ...(value === true ? [] : [value].flat().map(String))]
  })
  const quoted = [args[0] ?? '.', ...words].map(shellWord)
  return ['muelle init', ...quoted, '--yes'].join(' ')
}
