import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Project } from '../port.ts'
import * as argv from './arguments.ts'

const project: Project = { name: 'shop-r2', app: 'shop', file: '/state/compose.yaml', directory: '/srv/shop' }
const head = [
  'compose',
  '--project-name',
  'shop-r2',
  '--file',
  '/state/compose.yaml',
  '--project-directory',
  '/srv/shop',
  '--progress',
  'plain',
]

test('every command names its project, its file and the folder of the user', () => {
  for (const words of [
    argv.build(project),
    argv.create(project, ['web-r2'], {}),
    argv.up(project, ['web-r2']),
  ]) {
    assert.deepEqual(words.slice(0, head.length), head)
  }
})

test('starting neither builds nor asks', () => {
  const words = argv.up(project, ['web-r2', 'worker-r2'])
  assert.ok(words.includes('--detach') && words.includes('--no-build'))
  assert.deepEqual(words.slice(-3), ['--', 'web-r2', 'worker-r2'])
})

test('a command runs once, without its dependencies, and leaves no container', () => {
  const words = argv.runOnce(project, 'release-command-1')
  assert.ok(words.includes('--rm') && words.includes('--no-deps') && words.includes('--no-TTY'))
})

test('reading a file names every override, in order', () => {
  const words = argv.config(['/srv/a.yaml', '/srv/b.yaml'], { directory: '/srv' })
  assert.deepEqual(
    words.filter((word) => word.startsWith('/srv/')),
    ['/srv/a.yaml', '/srv/b.yaml'],
  )
})

test('reading the file of an environment names its project and its env files, and production neither', () => {
  const staging = {
    directory: '/srv',
    projectName: 'shop-staging',
    envFiles: ['/srv/.env', '/srv/.env.staging'],
  }
  assert.deepEqual(argv.config(['/srv/a.yaml'], staging), [
    'compose',
    '--project-name',
    'shop-staging',
    '--file',
    '/srv/a.yaml',
    '--env-file',
    '/srv/.env',
    '--env-file',
    '/srv/.env.staging',
    '--project-directory',
    '/srv',
    'config',
  ])
  const plain = argv.config(['/srv/a.yaml'], { directory: '/srv' })
  assert.deepEqual(plain, ['compose', '--file', '/srv/a.yaml', '--project-directory', '/srv', 'config'])
})

describe('a service name that looks like an option', () => {
  const commands = [
    (name: string) => argv.up(project, [name]),
    (name: string) => argv.create(project, [name], {}),
    (name: string) => argv.runOnce(project, name),
  ]
  test('stays a name', () => {
    fc.assert(
      fc.property(fc.constantFrom(...commands), fc.string(), (command, text) => {
        const words = command(`--${text}`)
        assert.deepEqual(words.slice(words.indexOf('--')), ['--', `--${text}`])
      }),
    )
  })
})
