import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { execArguments, mountArguments, toolArguments } from './tool.ts'

const tool = {
  instance: 'muelle',
  app: 'shop',
  image: 'restic',
  program: 'restic',
  argv: ['version'],
  network: 'none',
}

describe('a tool', () => {
  test('goes with its container, and is found by its labels', () => {
    const argv = toolArguments(tool).join(' ')
    assert.match(
      argv,
      /^run --rm --init --label org\.muelle\.instance=muelle --label org\.muelle\.app=shop --label org\.muelle\.role=backup --cpu-shares 128 --network none /,
    )
    assert.match(argv, /--pull never --entrypoint restic restic version$/)
  })
  test('gets secrets by name alone', () => {
    const secrets = ['PGPASSWORD']
    assert.ok(
      toolArguments({ ...tool, secrets })
        .join(' ')
        .includes('--env PGPASSWORD --pull'),
    )
    const argv = execArguments('c0', { program: 'psql', argv: ['-l'], secrets })
    assert.deepEqual(argv, ['exec', '--interactive', '--env', 'PGPASSWORD', 'c0', 'psql', '-l'])
  })
  test('gets volumes and folders, whatever is in their names', () => {
    assert.deepEqual(mountArguments({ source: 'shop_media', target: '/m' }), [
      '--mount',
      'type=volume,source=shop_media,target=/m,readonly',
    ])
    assert.deepEqual(mountArguments({ source: '/a:b,"c"', target: '/m', writes: true }), [
      '--mount',
      'type=bind,"source=/a:b,""c""",target=/m',
    ])
  })
})
