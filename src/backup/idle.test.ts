import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { idleQuestions, touchesData } from './idle.ts'

describe('whether release commands have anything to do', () => {
  test('is asked of Django, for each of its databases', () => {
    assert.deepEqual(
      idleQuestions([
        'python manage.py migrate --noinput',
        ['python3', '-u', './manage.py', 'migrate', '--database', 'stock'],
        'python manage.py collectstatic --noinput',
      ]),
      [
        ['python', 'manage.py', 'migrate', '--noinput', '--check'],
        ['python3', '-u', './manage.py', 'migrate', '--database', 'stock', '--check'],
      ],
    )
  })
  test('nobody can tell of anything else', () => {
    for (const command of [
      'npx prisma migrate deploy',
      'python manage.py loaddata prices',
      'sh -c "python manage.py migrate"',
      'sh -c python manage.py migrate',
      ['sh', '-c', 'python manage.py migrate && python fill.py'],
      './entry.sh python manage.py migrate',
      'flask db upgrade',
    ])
      assert.equal(idleQuestions(['python manage.py migrate', command]), undefined, String(command))
  })
  test('need not be asked when there are none', () => assert.deepEqual(idleQuestions([]), []))
})

test('what only makes files is not rehearsed', () => {
  assert.equal(touchesData('python manage.py collectstatic --noinput'), false)
  assert.equal(touchesData('python manage.py migrate'), true)
  assert.equal(touchesData(['sh', '-c', 'python manage.py collectstatic']), true)
})
