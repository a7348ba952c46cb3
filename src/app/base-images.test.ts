import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { baseImages, finalImage } from './base-images.ts'
import { readDockerfile } from './dockerfile.ts'

describe('the images that a Dockerfile builds upon', () => {
  const of = (lines: readonly string[], args: Record<string, string | null> = {}) =>
    baseImages(readDockerfile('Dockerfile', lines.join('\n'), args))

  test('are the names after FROM, each once', () => {
    assert.deepEqual(of(['FROM python:3.11-slim AS build', 'FROM node:24', 'FROM python:3.11-slim']), [
      'python:3.11-slim',
      'node:24',
    ])
  })
  test('are not the stages of the file, nor scratch', () => {
    assert.deepEqual(of(['FROM python:3.11-slim AS Base', 'FROM base AS tests', 'FROM scratch']), [
      'python:3.11-slim',
    ])
  })
  test('include those that files are copied from, but no stage, whether by name or by number', () => {
    assert.deepEqual(
      of([
        'FROM python:3.11-slim AS build',
        'FROM python:3.11-slim',
        'COPY --from=build /a /a',
        'COPY --from=0 /b /b',
        'COPY --chown=1000 --from=node:24 /c /c',
        'COPY ./--from=perl /d',
      ]),
      ['python:3.11-slim', 'node:24'],
    )
  })
  test('are found behind options, in lower case and over continued lines', () => {
    assert.deepEqual(of(['from --platform=linux/amd64 \\', '  python:3.12-slim as base']), [
      'python:3.12-slim',
    ])
  })
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: Dockerfiles write arguments so
  test('have the arguments before the first FROM filled in', () => {
    assert.deepEqual(of(['ARG VERSION="3.11"', 'FROM python:${VERSION}-slim']), ['python:3.11-slim'])
    assert.deepEqual(of(['ARG VERSION', 'FROM python:$VERSION'], { VERSION: '3.13' }), ['python:3.13'])
    assert.deepEqual(of(['FROM python:${VERSION:-3.12}-slim']), ['python:3.12-slim'])
  })
  test('have a given argument rather than its default', () => {
    assert.deepEqual(of(['ARG VERSION=3.11', 'FROM python:${VERSION}'], { VERSION: '3.13' }), ['python:3.13'])
    assert.deepEqual(of(['ARG VERSION=3.11', 'FROM python:${VERSION}'], { VERSION: null }), ['python:3.11'])
  })
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: Dockerfiles write arguments so
  test('are not what a comment or another instruction says', () => {
    assert.deepEqual(of(['# FROM perl', 'FROM python:3.11', 'RUN echo FROM ruby']), ['python:3.11'])
    assert.deepEqual(of(['']), [])
  })
})

describe('the image that a built one is made of in the end', () => {
  const read = (text: string) => readDockerfile('Dockerfile', text)
  const dockerfile = read(
    [
      'FROM node:24-alpine AS Frontend',
      'FROM nginx:alpine AS nginx',
      'COPY --from=frontend /dist /usr/share/nginx/html',
      'FROM python:3.11-slim AS base',
      'FROM base AS backend',
    ].join('\n'),
  )

  test('is that of the last stage', () => assert.equal(finalImage(dockerfile), 'python:3.11-slim'))
  test('or of the target, by name or number', () => {
    assert.equal(finalImage(dockerfile, 'nginx'), 'nginx:alpine')
    assert.equal(finalImage(dockerfile, '0'), 'node:24-alpine')
    assert.equal(finalImage(dockerfile, 'frontend'), 'node:24-alpine')
  })
  test('is not known for a target that is no stage, nor for an empty file', () => {
    assert.equal(finalImage(dockerfile, 'tests'), undefined)
    assert.equal(finalImage(read('')), undefined)
  })
  test('of a stage that is named like its image is that image', () => {
    assert.equal(finalImage(read('FROM nginx AS nginx')), 'nginx')
  })
})
