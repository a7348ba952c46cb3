import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { requirementBlocks } from '../scripts/requirements-page.ts'
import { requirements } from './requirements.ts'
import { idsOf, judge, type Requirements, withoutIds } from './support/requirements/judge.ts'
import { readTitles, titlesIn } from './support/requirements/read-titles.ts'

test('every requirement is shown by a test or said to be open, and no test speaks of another', () => {
  assert.deepEqual(judge(requirements, readTitles()), [])
})

describe('the list and the tests do not agree', () => {
  const shown: Requirements = { T1: { text: 'The gateway.' } }
  const open: Requirements = { T1: { text: 'The gateway.', open: 'all of it' } }
  const test1 = { file: 'test/a.test.ts', text: 'it answers [T1]' }

  test('when nothing is wrong there is nothing to say', () => {
    assert.deepEqual(judge(shown, [test1]), [])
    assert.deepEqual(judge(open, []), [])
  })
  test('when a test names an id that there is not', () => {
    const [complaint, ...others] = judge(shown, [test1, { ...test1, text: 'it sings [T1, T9]' }])
    assert.match(complaint ?? '', /^T9, of which "it sings \[T1, T9\]" in test\/a\.test\.ts/)
    assert.deepEqual(others, [])
  })
  test('when the last test of an id is gone', () => {
    assert.match(judge(shown, [{ ...test1, text: 'it answers' }]).join(), /^T1 has no test any more/)
  })
  test('when what is said to be open has a test', () => {
    assert.match(judge(open, [test1]).join(), /^T1 has a test, and is said to be open/)
  })
  test('when ids stand where they would not be seen', () => {
    const complaints = judge(shown, [test1, { ...test1, text: 'it answers [T1] at once' }])
    assert.match(complaints.join(), /^"it answers \[T1\] at once" .* at the end/)
  })
})

test('the page is another when a test has another name, or a requirement another text', () => {
  const list: Requirements = { T1: { text: 'The gateway.' }, T2: { text: 'The app.', open: 'all of it' } }
  const titles = [{ file: 'test/a.test.ts', text: 'it answers [T1]' }]
  const page = requirementBlocks(list, titles).join('\n')
  assert.match(page, /### T1\n\nThe gateway\.\n\n- `test\/a\.test\.ts`: it answers\n/)
  assert.match(page, /Open: 1 of 2\n- T2: The app\. Missing: all of it\n/)
  const renamed = [{ file: 'test/a.test.ts', text: 'it is there [T1]' }]
  assert.notEqual(requirementBlocks(list, renamed).join('\n'), page)
  assert.notEqual(requirementBlocks({ ...list, T1: { text: 'A gateway.' } }, titles).join('\n'), page)
})

describe('titles', () => {
  test('are those of tests and suites, wherever they stand, and not of what is skipped', () => {
    const source = `
      describe('a', () => {
        for (const x of list) test(\`b \${x} c [T1]\`, async () => {})
        test.skip('d [T2]', () => {})
        test(name, () => {})
        pattern.test('e [T3]')
      })
    `
    assert.deepEqual(titlesIn(source), ['a', 'b … c [T1]'])
  })
  test('end with ids, or have none', () => {
    assert.deepEqual(idsOf('redirects [C1, O8]'), ['C1', 'O8'])
    assert.deepEqual(idsOf('matches [a-z] and [T1] too'), [])
    assert.equal(withoutIds('redirects [C1, O8]'), 'redirects')
    assert.equal(withoutIds('redirects'), 'redirects')
  })
})
