import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { allCommands, commandsFor } from './commands/all.ts'
import { parse } from './program.ts'

const commands = await allCommands()

/** What a command line means, and what it printed. */
function understand(...argv: readonly string[]) {
  const written: string[] = []
  const invocation = parse(commands, argv, (text) => written.push(text))
  return { invocation, written: written.join('') }
}
const meaning = (...argv: readonly string[]) => {
  const { invocation } = understand(...argv)
  assert.ok(invocation)
  return { name: invocation.command.name, ...invocation.input, json: invocation.json }
}

describe('help', () => {
  test('is shown without arguments, and lists every command', () => {
    const { invocation, written } = understand()
    assert.equal(invocation, undefined)
    for (const { name, summary } of commands) {
      assert.ok(written.includes(`\n  ${name} `), name)
      assert.ok(written.replaceAll(/\s+/g, ' ').includes(summary), summary)
    }
  })
  for (const command of commands) {
    test(`of ${command.name} shows its options and examples, and runs nothing`, () => {
      const { invocation, written } = understand(command.name, '--help')
      assert.equal(invocation, undefined)
      assert.ok(written.startsWith(`Usage: muelle ${command.name} `))
      for (const { flags } of command.options ?? []) assert.ok(written.includes(flags), flags)
      for (const example of command.examples ?? []) assert.ok(written.includes(example), example)
      assert.equal(written.includes('--json'), command.returnsData === true)
      assert.equal(understand('help', command.name).written, written)
    })
  }
  test('examples are command lines that are understood', () => {
    for (const { name, examples = [] } of commands) {
      for (const example of examples) {
        const [program, ...argv] = example.split(' ')
        assert.equal(program, 'muelle')
        assert.equal(meaning(...argv).name, name, example)
      }
    }
  })
})

describe('a command line', () => {
  test('gives its arguments and options to the command', () => {
    assert.deepEqual(meaning('up', 'shop', '-f', 'a.yaml', 'b.yaml', '--json'), {
      name: 'up',
      args: ['shop'],
      options: { backup: true, file: ['a.yaml', 'b.yaml'], json: true },
      json: true,
    })
  })
  test('says which environment a command is about', () => {
    const about = commands.filter(({ isAboutApp }) => isAboutApp === true).map(({ name }) => name)
    for (const name of ['up', 'plan', ...about]) {
      const required: Record<string, string[]> = {
        canary: ['promote'],
        scale: ['web=2'],
        maintenance: ['on'],
        updates: ['pause'],
        source: ['key'],
        notify: ['test'],
        secrets: ['ls'],
        exec: ['web', 'ls'],
        run: ['report'],
      }
      assert.equal(meaning(name, '--env', 'qa', ...(required[name] ?? [])).options['env'], 'qa', name)
    }
  })
  test('of promote names its environments as arguments, and needs none', () => {
    assert.deepEqual(meaning('promote', 'qa', 'staging').args, ['qa', 'staging'])
    assert.deepEqual(meaning('promote').args, [])
  })
  test('may ask for the version by the usual options', () => {
    for (const option of ['--version', '-V']) assert.equal(meaning(option).name, 'version')
  })
  test('takes -C and --app before or after the argument', () => {
    assert.deepEqual(meaning('rollback', '--app', 'shop', '12', '-C', '/srv').options, {
      app: 'shop',
      directory: '/srv',
    })
  })
  test('of exec leaves the options after the command to the command', () => {
    const { args, options } = meaning('exec', '--app', 'shop', 'web', 'python', '-c', 'x', '--json')
    assert.deepEqual(
      { args, options },
      { args: ['web', 'python', '-c', 'x', '--json'], options: { app: 'shop' } },
    )
  })
})

test('only the command that is asked for is loaded, and understands the line as all of them would', async () => {
  const loaded = await commandsFor(['up', '.'])
  assert.deepEqual(
    loaded.map(({ name }) => name),
    ['up'],
  )
  const line = ['up', 'path', '--json', '-f', 'a.yaml', 'b.yaml']
  assert.deepEqual(
    parse(loaded, line, () => undefined),
    understand(...line).invocation,
  )
})

test('a name that is no command loads all of them, also one that every object has', async () => {
  for (const argv of [[], ['pu'], ['help'], ['toString']]) assert.deepEqual(await commandsFor(argv), commands)
})

for (const [argv, message] of [
  [['deploy'], /unknown command 'deploy'/],
  [['pu'], /Did you mean up\?/],
  [['up', '--fast'], /unknown option '--fast'/],
  [['--fast'], /unknown option '--fast'/],
  [['up', 'a', 'b'], /too many arguments/],
  [['version', 'now'], /too many arguments/],
  [['exec', 'web'], /missing required argument 'command'/],
  [['exec'], /missing required argument 'service'/],
  [['up', '--file'], /argument missing/],
  [['version', '--app', 'shop'], /unknown option '--app'/],
  [['logs', '--json'], /unknown option '--json'/],
  [['promote', '--env', 'staging'], /unknown option '--env'/],
] as const) {
  test(`"muelle ${argv.join(' ')}" is refused with what is wrong and where to look`, () => {
    const hint = /^(?:deploy|pu|--fast)$/.test(argv[0])
      ? /muelle help$/
      : new RegExp(`muelle ${argv[0]} --help$`)
    assert.throws(() => understand(...argv), { code: 'USAGE', exitCode: 2, message, hint })
  })
}
