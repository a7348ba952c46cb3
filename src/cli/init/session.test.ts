import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { flaskProject } from '../../../test/support/init-projects.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Prompts } from '../command.ts'
import { readChoices } from './choices.ts'
import { startSession } from './session.ts'

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder({ after: (work) => t.after(work) })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Someone who says these things, by the beginning of the question, and Enter to all others. */
function person(answers: Readonly<Record<string, string | boolean>>): Prompts & { asked: string[] } {
  const asked: string[] = []
  const answer = <T extends string | boolean>(message: string, otherwise: T): T => {
    asked.push(message)
    const found = Object.entries(answers).find(([start]) => message.startsWith(start))?.[1]
    if (found === 'Ctrl-C') throw new MuelleError('INTERRUPTED', 'Nothing was written.')
    return (found ?? otherwise) as T
  }
  return {
    asked,
    text: async ({ message, validate }) => {
      const said = answer(message, '')
      assert.equal(validate?.(said), undefined)
      return said
    },
    choose: async ({ message, initial }) => answer(message, initial),
    confirm: async (message, initial) => answer(message, initial),
  }
}

const start = (folder: string) => startSession(folder, new AbortController().signal)
const given = { domains: [] }

describe('at a terminal', () => {
  test('everything that is said is written', async (t) => {
    const folder = folderWith(t, flaskProject)
    const prompts = person({
      'Under which domain': 'shop.example.com',
      'Your e-mail': 'ops@example.com',
      'Which database': 'postgres',
    })
    await (await start(folder)).ask(given, prompts)
    const compose = readFileSync(join(folder, 'compose.yaml'), 'utf8')
    assert.match(compose, /- shop\.example\.com\n {2}tls:\n {4}email: ops@example\.com/)
    assert.match(compose, /image: postgres:/)
  })
  test('what an option said is not asked', async (t) => {
    const prompts = person({})
    await (await start(folderWith(t, flaskProject))).ask(
      { domains: ['a.example.com'], email: 'a@example.com', database: { kind: 'none' } },
      prompts,
    )
    assert.deepEqual(prompts.asked, ['Write this?'])
  })
  for (const question of ['Under which domain', 'Which database', 'Write this?', '.dockerignore is there'])
    test(`Ctrl-C at “${question}” leaves everything as it was`, async (t) => {
      const folder = folderWith(t, { ...flaskProject, '.dockerignore': 'mine' })
      const before = readdirSync(folder)
      await assert.rejects((await start(folder)).ask(given, person({ [question]: 'Ctrl-C' })), {
        code: 'INTERRUPTED',
      })
      assert.deepEqual(readdirSync(folder), before)
    })
  test('a no leaves everything as it was, and one about a file that file', async (t) => {
    const folder = folderWith(t, { ...flaskProject, '.dockerignore': 'mine' })
    const before = readdirSync(folder)
    await assert.rejects((await start(folder)).ask(given, person({ 'Write this?': 'no' })), {
      code: 'CONFIRMATION_REQUIRED',
    })
    assert.deepEqual(readdirSync(folder), before)
    await (await start(folder)).ask(given, person({}))
    assert.equal(readFileSync(join(folder, '.dockerignore'), 'utf8'), 'mine')
    await (await start(folder)).ask(
      given,
      person({ 'compose.yaml is there': false, '.dockerignore is there': true }),
    )
  })
  test('a yes replaces a file that is there', async (t) => {
    const folder = folderWith(t, { ...flaskProject, '.dockerignore': 'mine' })
    await (await start(folder)).ask(given, person({ '.dockerignore is there': true }))
    assert.notEqual(readFileSync(join(folder, '.dockerignore'), 'utf8'), 'mine')
  })
})

test('what is shown is all of it but the secrets, with the command that writes it', async (t) => {
  const folder = folderWith(t, flaskProject)
  const { text = '', exitCode } = (await start(folder)).show(given, 'muelle init . --yes')
  assert.equal(exitCode, 43)
  assert.match(text, /SECRET_KEY=…/)
  assert.doesNotMatch(text, /[0-9a-f]{64}/)
  assert.ok(text.endsWith('muelle init . --yes'))
})

describe('options', () => {
  const read = (options: Record<string, unknown>) => readChoices({ args: [], options })

  test('are taken as they are said', () => {
    const { domains, database, port } = read({
      domain: ['Shop.example.com'],
      database: 'postgres:16',
      port: '8080',
    })
    assert.deepEqual(
      { domains, database, port },
      { domains: ['shop.example.com'], database: { kind: 'postgres', version: '16' }, port: 8080 },
    )
  })
  for (const options of [
    { domain: ['https://a.example.com'] },
    { domain: ['-x'] },
    { email: 'a@example.com' },
    { domain: ['a.example.com'], email: 'nobody' },
    { database: 'oracle' },
    { database: 'postgres:1;rm' },
    { port: '0' },
    { port: 'http' },
  ])
    test(`${JSON.stringify(options)} are refused`, () =>
      assert.throws(() => read(options), { code: 'USAGE' }))
})
