import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { lineKey, readPairs } from '../../app/written.ts'
import { parseWritten, readWritten } from './written.ts'

const text = `x-env: &env
  DEBUG: "False"
services:
  web:
    environment:
      <<: *env
      TOKEN: \${TOKEN:-none}
  worker:
    environment:
      - TOKEN=abc
      - PLAIN
    ports: !override
      - "80:80"
`

test('a file as it was written keeps its variables, and tells the line of each key', async (t) => {
  const path = join(temporaryFolder(t), 'compose.yaml')
  await writeFile(path, text)
  const { content, lines } = await readWritten(path)
  const line = (...at: string[]) => lines[lineKey(at)]
  assert.deepEqual(readPairs(content.services?.['web']?.environment), {
    DEBUG: 'False',
    TOKEN: `\${TOKEN:-none}`,
  })
  assert.deepEqual(readPairs(content.services?.['worker']?.environment), { TOKEN: 'abc' })
  assert.equal(line('services', 'web', 'environment', 'TOKEN'), 7)
  assert.equal(line('services', 'worker', 'environment', 'TOKEN'), 10)
  assert.equal(line('services', 'worker', 'ports'), 12)
})

test('a file may use its anchors as often as it likes', async () => {
  const services = Array.from({ length: 300 }, (_, index) => `  s${index}: {environment: *env}`)
  const many = await parseWritten(
    'compose.yaml',
    `x-env: &env {A: &a {B: 1}}\nservices:\n${services.join('\n')}\n`,
  )
  assert.equal(Object.keys(many.content.services ?? {}).length, 300)
})

test('what is no YAML has nothing in it', async (t) => {
  const path = join(temporaryFolder(t), 'compose.yaml')
  await writeFile(path, 'services: [unclosed\n')
  assert.deepEqual(await readWritten(path), { path, content: {}, lines: {} })
})
