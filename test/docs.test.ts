import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { examples, folder, renderPages } from '../scripts/docs.ts'
import { appSchema, serviceSchema } from '../src/app/schema.ts'
import { rules } from '../src/check/rules.ts'
import { allCommands } from '../src/cli/commands/all.ts'
import { rules as causes, fallbacks } from '../src/diagnosis/rules.ts'
import { catalogue } from '../src/errors/catalogue.ts'

const root = join(import.meta.dirname, '..')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

/** The headings of a page at one level, sorted. */
function headings(name: string, level: number): string[] {
  return [...read(name).matchAll(new RegExp(`^#{${level}} (.+)$`, 'gm'))].map(([, text = '']) => text).sort()
}

for (const [name, text] of Object.entries(await renderPages())) {
  test(`docs/reference/${name} is what node scripts/docs.ts writes`, () => {
    assert.equal(read(name), text)
  })
}

const commands = await allCommands()

describe('the reference has a heading for each, and no other,', () => {
  test('error code', () => {
    assert.deepEqual(headings('errors.md', 3), Object.keys(catalogue).sort())
  })
  test('rule of the check', () => {
    assert.deepEqual(headings('checks.md', 3), rules.map(({ id }) => id).sort())
  })
  test('cause', () => {
    assert.deepEqual(headings('causes.md', 3), [...causes, ...fallbacks].map(({ id }) => id).sort())
  })
  test('command', () => {
    const names = [...commands.map(({ name }) => name), 'help'].map((name) => `muelle ${name}`)
    assert.deepEqual(headings('cli.md', 2), names.sort())
  })
  test('key of x-muelle', () => {
    const keys = [appSchema, serviceSchema].flatMap(({ shape }) => Object.keys(shape))
    assert.deepEqual(headings('x-muelle.md', 3), keys.sort())
  })
  test('environment variable that is used', () => {
    const sources = ['muelle', 'src/**/*.ts', 'scripts/**/*.sh', 'images/*.sh']
    const files = globSync(sources, { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
    const used = files.flatMap(
      (file) => readFileSync(join(root, file), 'utf8').match(/\bMUELLE_[A-Z_]+\b/g) ?? [],
    )
    assert.deepEqual(headings('environment.md', 3), [...new Set([...used, 'NO_COLOR'])].sort())
  })
})

describe('the reference of the command line', () => {
  for (const { name, options = [], returnsData = false } of commands) {
    test(`has every option of ${name}`, () => {
      const section =
        read('cli.md')
          .split(/^## /m)
          .find((part) => part.startsWith(`muelle ${name}\n`)) ?? ''
      for (const { flags, description } of options)
        assert.ok(section.includes(`| \`${flags}\` | ${description} |`))
      assert.equal(section.includes('| `--json` |'), returnsData)
    })
  }
})

describe('the reference of x-muelle', () => {
  test('describes every key', () => {
    for (const { shape } of [appSchema, serviceSchema]) {
      for (const [key, schema] of Object.entries(shape)) assert.ok(schema.description, key)
    }
  })
  test('has an example of every key that is accepted, and changes something', () => {
    for (const [key, text] of Object.entries(examples.app)) {
      const block: unknown = parse(text)
      assert.notDeepEqual(appSchema.parse(block), appSchema.parse({}), key)
    }
    for (const [key, text] of Object.entries(examples.service)) {
      assert.deepEqual(Object.keys(serviceSchema.parse(parse(text))), [key])
    }
  })
})
