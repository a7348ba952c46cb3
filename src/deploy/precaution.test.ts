import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MuelleError } from '../errors/muelle-error.ts'
import { adviseWithout } from './precaution.ts'

for (const [hint, expected] of [
  ['Set it with  muelle up', 'Set it with  muelle up   Nothing was changed. To deploy'],
  ['Then run the same command again.', 'Then run the same command again. Nothing was changed. To deploy'],
  [undefined, 'Nothing was changed. To deploy'],
] as const)
  test(`a deployment without its restore point goes on after the hint "${hint ?? ''}"`, () => {
    const error = new MuelleError(
      'DATABASE_UNUSABLE',
      'It cannot be used.',
      hint === undefined ? {} : { hint },
    )
    assert.throws(
      () => adviseWithout(error),
      (thrown: MuelleError) => thrown.hint?.startsWith(expected) === true,
    )
  })
