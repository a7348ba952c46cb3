import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argvOf, finalStages, lastOf, pairsOf, readDockerfile } from './dockerfile.ts'

const text = String.raw`# syntax=docker/dockerfile:1
ARG VERSION=3.11
FROM python:${'$'}{VERSION}-slim AS Base
ENV A=1 B="two words" \
    # between continued lines

    C='3'
ENV OLD a value
RUN <<EOF
FROM nothing
EOF
FROM node:24 AS ui
CMD ["node"]
FROM base
COPY --from=ui --chown=app /dist ./dist
USER app
CMD gunicorn shop.wsgi
`

test('continued lines, comments between them and documents within are one instruction each', () => {
  const { args, stages } = readDockerfile('Dockerfile', text)
  assert.deepEqual(
    args.map(({ keyword, line }) => [keyword, line]),
    [['ARG', 2]],
  )
  assert.deepEqual(
    stages.map(({ image, name, line }) => [image, name, line]),
    [
      ['python:3.11-slim', 'base', 3],
      ['node:24', 'ui', 12],
      ['base', undefined, 14],
    ],
  )
  assert.deepEqual(stages[0]?.instructions.map(pairsOf), [
    { A: '1', B: 'two words', C: '3' },
    { OLD: 'a value' },
    {},
  ])
})

test('an argument that is given replaces its default', () => {
  assert.equal(readDockerfile('Dockerfile', text, { VERSION: '3.13' }).stages[0]?.image, 'python:3.13-slim')
})

test('the image is its last stage and what that builds upon, or the target', () => {
  const dockerfile = readDockerfile('Dockerfile', text)
  assert.deepEqual(
    finalStages(dockerfile).map(({ image }) => image),
    ['base', 'python:3.11-slim'],
  )
  assert.deepEqual(
    finalStages(dockerfile, 'UI').map(({ image }) => image),
    ['node:24'],
  )
  assert.deepEqual(finalStages(dockerfile, 'tests'), [])
  assert.equal(lastOf(finalStages(dockerfile), 'USER')?.rest, 'app')
  assert.deepEqual(lastOf(finalStages(dockerfile), 'COPY')?.flags, ['--from=ui', '--chown=app'])
})

test('a program is an argument array: as it is, or through the shell', () => {
  const command = (rest: string) => argvOf({ keyword: 'CMD', rest, flags: [], line: 1 })
  assert.deepEqual(command('["gunicorn", "shop.wsgi"]'), ['gunicorn', 'shop.wsgi'])
  assert.deepEqual(command('gunicorn shop.wsgi'), ['/bin/sh', '-c', 'gunicorn shop.wsgi'])
  assert.deepEqual(command("['gunicorn']"), ['/bin/sh', '-c', "['gunicorn']"])
})

test('what is no Dockerfile has no stages', () => {
  assert.deepEqual(readDockerfile('Dockerfile', 'hello\n').stages, [])
})
