import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fakeEngine } from '../../test/support/fake-ports.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { ensureImage, type StandIns } from './images.ts'

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
