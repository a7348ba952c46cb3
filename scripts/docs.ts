import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type AppSettings, appSchema, type ServiceSettings, serviceSchema } from '../src/app/schema.ts'
import { ruleGroups } from '../src/check/rules.ts'
import { allCommands } from '../src/cli/commands/all.ts'
import { buildProgram } from '../src/cli/program.ts'
import type { Rule } from '../src/diagnosis/cause.ts'
import { rules as causes, fallbacks } from '../src/diagnosis/rules.ts'
import { catalogue } from '../src/errors/catalogue.ts'
import { requirements } from '../test/requirements.ts'
import { readTitles } from '../test/support/requirements/read-titles.ts'
import { requirementBlocks } from './requirements-page.ts'

/** Writes the generated part of the reference: node scripts/docs.ts */

export const folder = join(import.meta.dirname, '..', 'docs', 'reference')

/** Text by file name. */
export async function renderPages(): Promise<Record<string, string>> {
  return {
    'errors.md': errorsPage(),
    'causes.md': causesPage(),
    'cli.md': await cliPage(),
    'checks.md': checksPage(),
    'requirements.md': requirementsPage(),
    'x-muelle.md': settingsPage(),
    'x-muelle.schema.json': `${JSON.stringify(composeSchema(), undefined, 2)}\n`,
  }
}

const generated = (source: string): string => `<!-- Written by scripts/docs.ts from ${source}. -->`

const errorGroups: readonly [from: number, to: number, title: string][] = [
  [2, 9, 'The command line'],
  [10, 19, 'What you wrote'],
  [20, 29, 'This machine'],
  [30, 39, 'The new release'],
  [40, 49, 'The state of the app'],
  [50, 59, 'Backups'],
  [60, 69, 'Updates, notifications and other machines'],
  [70, 70, 'Muelle itself'],
  [80, 92, 'The agent'],
  [130, 130, 'Interrupted'],
]

function errorsPage(): string {
  const entries = Object.entries(catalogue)
  const sections = errorGroups.map(([from, to, title]) => {
    const own = entries.filter(([, { exit }]) => exit >= from && exit <= to)
    return [
      `## ${title}`,
      ...own.map(([code, { exit, meaning }]) => `### ${code}\n\nExit code ${exit}. ${meaning}`),
    ]
  })
  return page(
    '# Errors',
    generated('src/errors/catalogue.ts'),
    'Every failure has a code, which the message begins with, and an exit code of its own, which a script can test. ' +
      'Success is 0. A failed deployment leaves the previous release serving.',
    'The message says what failed, below the last lines of the log that explains it and above the next command to ' +
      'run. With `--json` the same is one object on standard output:',
    fenced(
      'json',
      '{"error": {"code": "NOT_READY", "message": "…", "cause": {"id": "listens-on-localhost", "text": "…"}, "hint": "the next command", "log": ["the last lines"]}}',
    ),
    'The cause is there when what was seen shows one; [causes.md](causes.md) has them all.',
    ...sections.flat(),
  )
}

function causesPage(): string {
  const section = ({ id, meaning }: Rule): string => `### ${id}\n\n${meaning}`
  return page(
    '# Causes',
    generated('src/diagnosis'),
    'When a step of a deployment fails, Muelle looks at what failed before it takes it back: the log, the container, ' +
      'the ports on which it listens, the files and names that the log speaks of. If that shows a cause, it is told ' +
      'below the message with the next step, and with `--json` as `error.cause`. What was not seen is not told: where ' +
      'two causes are possible the text has both, and often there is none. The code stays; see [errors.md](errors.md).',
    '## What was seen',
    ...causes.map(section),
    '## What is told when nothing of that was seen',
    ...fallbacks.map(section),
  )
}

async function cliPage(): Promise<string> {
  const commands = await allCommands()
  const program = buildProgram(commands, () => undefined)
  const help = program.createHelp()
  const sections = help.visibleCommands(program).map((parser) => {
    const command = commands.find(({ name }) => name === parser.name())
    const terms = help
      .visibleArguments(parser)
      .map((argument) => [help.argumentTerm(argument), argument.description])
    const options = help.visibleOptions(parser).map(({ flags, description }) => [flags, description])
    return page(
      `## muelle ${parser.name()}`,
      `${parser.description()}.`,
      fenced('', `muelle ${parser.name()} ${parser.usage()}`),
      ...(terms.length === 0 ? [] : [table('Argument', terms)]),
      ...(options.length === 0 ? [] : [table('Option', options)]),
      ...(command?.examples === undefined ? [] : [fenced('', command.examples.join('\n'))]),
    ).trimEnd()
  })
  return page(
    '# Command line',
    generated('src/cli/commands'),
    'Results go to standard output, progress and errors to standard error. Progress is live in a terminal, and one ' +
      'timestamped line for each step elsewhere. Exit codes are in [errors.md](errors.md).',
    'With `--host ssh://USER@SERVER` before the command it runs on that machine: see [the guide](../guides/remote.md).',
    ...sections,
  )
}

function checksPage(): string {
  const sections = ruleGroups.flatMap(({ title, rules }) => [
    `## ${title}`,
    ...rules.map(({ id, severity, reason, fix }) => {
      return `### ${id}\n\nSeverity: ${severity}. ${reason}\n\nWhat to do: ${fix}`
    }),
  ])
  return page(
    '# Checks',
    generated('src/check'),
    'What `muelle check` looks for, and `muelle up` before it touches anything; see [the guide](../guides/check.md). ' +
      'What is `critical` stops a deployment unless `--allow` names the rule. Exit codes of `muelle check`: ' +
      `${catalogue.CHECK_FAILED.exit} when something critical was found, 3 when something high was, else 0.`,
    ...sections,
  )
}

function requirementsPage(): string {
  return page(
    '# Requirements',
    generated('test/requirements.ts and the names of the tests'),
    'What the documents ask for from which the examples come, and the tests that show it. Those in `test/stacks` run ' +
      'with `npm run stacks`, those in `test/data` with `npm run data`, all others with `npm test`.',
    ...requirementBlocks(requirements, readTitles()),
  )
}

type Property = z.core.JSONSchema.BaseSchema

const appExamples: Record<keyof typeof appSchema.shape, string> = {
  domains: 'domains: [shop.example.com, www.shop.example.com]',
  tls: 'tls: {email: ops@example.com}',
  release:
    'release:\n  - python manage.py migrate --noinput\n  - [python, manage.py, collectstatic, --noinput]',
  static: 'static:\n  /static/: static\n  /media/: media',
  headers: 'headers:\n  X-Frame-Options: DENY\n  Referrer-Policy: ""',
  paths:
    'paths:\n  /api/: {rate: 10r/s, burst: 20, timeout: 30s}\n  /accounts/login/: {rate: 10r/m}\n  /upload/: {body: 1g, timeout: 5m}\n  /static/: {cache: 365d}',
  test: 'test:\n  - python manage.py test --noinput',
  smoke: 'smoke: [/, /accounts/login/]',
  strategy: 'strategy: canary',
  canary:
    'canary:\n  steps: [5, 25, 50]\n  minimum: 1m\n  maximum: 15m\n  on_too_little: promote-if-probes-pass',
  watch: 'watch: 1m',
  backups:
    'backups:\n  to: s3:https://s3.example.com/shop-backups\n  schedule: "0 3 * * *"\n  keep: {daily: 14, monthly: 12}\n  exclude: [thumbnails]\n  reuse: 6h\n  rehearse: true\n  max_lock: 10s',
  notify:
    'notify:\n  email: ops@example.com\n  slack: https://hooks.slack.com/services/T0/B0/x\n  on: [failed, rolled-back, backup-failed]',
  update: 'update: {repo: "git@github.com:example/shop.git", branch: production}',
  on_failure: 'on_failure: restore',
  deploy_timeout: 'deploy_timeout: 3m',
  drain_timeout: 'drain_timeout: 1m30s',
  keep_releases: 'keep_releases: 10',
}

const serviceExamples: Record<keyof ServiceSettings, string> = {
  role: 'role: singleton',
  port: 'port: 8000',
  health: 'health: /health/',
  schedule: 'schedule: {cron: "30 4 * * *", timezone: Europe/Madrid}',
}

/** The example of each key as a block of YAML; a test checks that Muelle accepts them. */
export const examples = { app: appExamples, service: serviceExamples }

function settingsPage(): string {
  return page(
    '# x-muelle',
    generated('src/app/schema.ts'),
    'What Muelle reads from a Compose file beyond Compose itself. Every key may be left out. For completion in an ' +
      'editor use [x-muelle.schema.json](x-muelle.schema.json).',
    '## At the top level',
    ...Object.entries(propertiesOf(appSchema)).map(([key, property]) => {
      return settingSection(key, property, indented('x-muelle:', appExamples[key as keyof AppSettings]))
    }),
    '## On a service',
    ...Object.entries(propertiesOf(serviceSchema)).map(([key, property]) => {
      const block = indented('x-muelle:', serviceExamples[key as keyof ServiceSettings])
      return settingSection(key, property, indented('services:', indented('shop:', block)))
    }),
  )
}

function settingSection(key: string, property: Property, example: string): string {
  const fallback = property.default === undefined ? 'none' : `\`${JSON.stringify(property.default)}\``
  return page(
    `### ${key}`,
    property.description ?? '',
    `Type: ${describeType(property)}. Default: ${fallback}.`,
    fenced('yaml', example),
  ).trimEnd()
}

/** As one writes them: a duration is text here, and a number only once it was read. */
function propertiesOf(schema: z.ZodObject): Record<string, Property> {
  return z.toJSONSchema(schema, { io: 'input' }).properties as Record<string, Property>
}

function describeType(property: Property): string {
  const { type, enum: values, anyOf, items, minimum, maximum, pattern } = property
  if (values !== undefined) return `one of ${values.map((value) => `\`${value}\``).join(', ')}`
  if (anyOf !== undefined) return anyOf.map((each) => describeType(each as Property)).join(' or ')
  if (property.const !== undefined) return `\`${property.const}\``
  if (type === 'array') return `list of ${grouped(describeType(items as Property))}`
  if (type === 'object') return describeMapping(property)
  if (type === 'integer') return `whole number from ${minimum} to ${maximum}`
  return pattern?.includes('\\d+h') === true ? 'duration such as `30s`, `5m` or `1h30m`' : 'text'
}

function describeMapping({ properties, propertyNames, additionalProperties }: Property): string {
  if (properties !== undefined) {
    return `mapping with ${Object.keys(properties)
      .map((key) => `\`${key}\``)
      .join(', ')}`
  }
  const keys = JSON.stringify(propertyNames).includes('^\\\\/') ? 'URL paths' : 'names'
  return `mapping of ${keys} to ${grouped(describeType(additionalProperties as Property))}`
}

function grouped(type: string): string {
  return type.includes(' or ') ? `(${type})` : type
}

/** Describes the `x-muelle` blocks of a Compose file, and leaves the rest of it alone. */
function composeSchema(): object {
  const closed = (properties: object) => ({ type: 'object', properties, additionalProperties: false })
  const service = { type: 'object', properties: { 'x-muelle': closed(propertiesOf(serviceSchema)) } }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'x-muelle blocks of a Compose file',
    type: 'object',
    properties: {
      'x-muelle': closed(propertiesOf(appSchema)),
      services: { type: 'object', additionalProperties: service },
    },
  }
}

function page(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}

function table(title: string, rows: readonly (readonly string[])[]): string {
  const lines = rows.map(([term, description]) => `| \`${term}\` | ${description} |`)
  return [`| ${title} | |`, '|---|---|', ...lines].join('\n')
}

function indented(head: string, body: string): string {
  return `${head}\n${body.replaceAll(/^/gm, '  ')}`
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(await renderPages())) writeFileSync(join(folder, name), text)
}
