import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fakeEngine } from '../../test/support/fake-ports.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { baseImages, ensureImage, type StandIns } from './images.ts'

describe('the images that a Dockerfile builds upon', () => {
  const of = (lines: readonly string[], args: Record<string, string | null> = {}) =>
    baseImages(lines.join('\n'), args)

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

const arrive = (image: { arrives: boolean }) => async (): Promise<void> => {
  image.arrives = true
}

describe('having an image', () => {
  const unavailable = new MuelleError('IMAGE_UNAVAILABLE', 'not to be had')
  const never: StandIns = {
    has: () => assert.fail('no stand-in is needed'),
    build: () => assert.fail('no stand-in is needed'),
  }

  /** An engine whose image appears once `arrives` is true. */
  function world(pull: () => Promise<void>, image: { arrives: boolean }) {
    const notes: string[] = []
    const engine = fakeEngine({
      imageId: async () => (image.arrives ? 'sha256:1' : undefined),
      pull,
    })
    return { engine, notes, options: { note: (message: string) => notes.push(message) } }
  }

  test('that is present pulls nothing', async () => {
    const { engine, options } = world(() => assert.fail('pulled'), { arrives: true })
    assert.equal(await ensureImage('redis:7', { engine, standIns: never }, options), 'sha256:1')
  })

  test('pulls it before a stand-in is thought of', async () => {
    const image = { arrives: false }
    const { engine, options } = world(arrive(image), image)
    assert.equal(await ensureImage('redis:7', { engine, standIns: never }, options), 'sha256:1')
  })

  test('builds a stand-in when it cannot be pulled, and says so', async () => {
    const image = { arrives: false }
    const { engine, notes, options } = world(() => Promise.reject(unavailable), image)
    const standIns: StandIns = { has: async () => true, build: arrive(image) }
    assert.equal(await ensureImage('redis:7', { engine, standIns }, options), 'sha256:1')
    assert.match(notes.join(), /redis:7 could not be pulled: building a stand-in/)
  })

  test('fails with the reason of the pull when there is no recipe either', async () => {
    const { engine, options } = world(() => Promise.reject(unavailable), { arrives: false })
    const standIns: StandIns = { has: async () => false, build: () => assert.fail('no recipe') }
    await assert.rejects(ensureImage('acme/thing:1', { engine, standIns }, options), unavailable)
  })

  test('does not hide another failure behind a stand-in', async () => {
    const down = new MuelleError('DOCKER_UNAVAILABLE', 'Docker does not answer.')
    const { engine, options } = world(() => Promise.reject(down), { arrives: false })
    await assert.rejects(ensureImage('redis:7', { engine, standIns: never }, options), down)
  })
})
