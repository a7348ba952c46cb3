import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'

/** Steps of an `up` until its release is live, in order, by a word of their description. */
const steps = [
  'Have the images',
  'Build',
  'Record',
  'Have the networks',
  'Run',
  'Start',
  'Show',
  'Wait',
  'Switch',
]

describe('Ctrl-C during a deployment leaves the previous release serving', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  const write = (version: string): Promise<void> =>
    project.write(version, (file) => {
      file['x-muelle'] = { ...file['x-muelle'], release: ['python -c "print(1)"'] }
      file.services['web'] = { ...file.services['web'], environment: { BOOT_SECONDS: '0.3' } }
    })

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await write('good')
    const first = await host.muelle('up', project.directory)
    assert.equal(first.exitCode, 0, first.stderr)
  })

  for (const [index, step] of steps.entries()) {
    test(`during step ${index + 1}, ${step}`, async () => {
      await write(`stopped at ${index}`)
      const running = host.start('up', project.directory)
      await stepBegan(running.stderr, index)
      running.kill('SIGINT')
      const { exitCode, stderr } = await running

      assert.equal(exitCode, 130, stderr)
      assert.match(stderr, /INTERRUPTED/)
      const { body } = await host.get(project.domain)
      assert.ok(body.startsWith('good '), body)
      assert.deepEqual(await standingReleases(project), [1])
    })
  }

  test('and the next up works', async () => {
    await write('better')
    const run = await host.muelle('up', project.directory)
    assert.equal(run.exitCode, 0, run.stderr)
    const { body } = await host.get(project.domain)
    assert.ok(body.startsWith('better '), body)
  })
})

/** The plain log has a line when a step is done, which is when the next one begins. */
async function stepBegan(stderr: NodeJS.ReadableStream, index: number): Promise<void> {
  const wanted = index === 0 ? /steps$/ : new RegExp(`\\[${index}/`)
  for await (const line of createInterface({ input: stderr })) if (wanted.test(line)) return
}

async function standingReleases({ name }: Project): Promise<number[]> {
  const format = '{{.Label "org.muelle.release"}}'
  const found = await docker('ps', '-a', '--filter', `label=org.muelle.app=${name}`, '--format', format)
  return [...new Set(lines(found).map(Number))]
}
