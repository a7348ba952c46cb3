import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createListener } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { agentContext } from '../../test/support/agent.ts'
import { openTranscript } from '../agent/queue/transcript.ts'
import { createServer } from '../agent/server.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { DeploymentEvent } from '../events/events.ts'
import type { Command, Io } from './command.ts'
import { backup } from './commands/backup.ts'
import { handOver } from './hand-over.ts'

const up: Command = {
  name: 'up',
  summary: '',
  run: async () => ({}),
  handOver: async () => ({ kind: 'up', app: 'shop', sameAs: [] }),
}
const invocation = { command: up, input: { args: [], options: {} }, json: false }

async function socketIn(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'muelle-socket-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'agent.sock')
}

/** An agent that answers on a real socket, and begins jobs that the test plays itself. */
async function agent(t: TestContext, version: string) {
  const socket = await socketIn(t)
  const transcript = (job: number): string => `${socket}.${job}`
  const context = agentContext({ version, transcript })
  const server = await createServer(context, 'socket')
  await server.listen({ path: socket })
  t.after(() => server.close())
  return { socket, context, transcript }
}

function terminal() {
  const told: DeploymentEvent[] = []
  let press: Parameters<Io['onStop']>[0] = () => undefined
  const io = {
    cwd: '/',
    env: { USER: 'ada' },
    isTerminal: true,
    onStop: (handler: typeof press) => {
      press = handler
    },
    emit: (event: DeploymentEvent) => told.push(event),
  } as unknown as Io
  const notes = (): string =>
    told.map((event) => (event.type === 'note' ? event.message : event.type)).join('\n')
  return { io, notes, press: () => press('SIGINT') }
}

const ask = (socket: string, io: Io) => handOver(invocation, { argv: ['up'], socket, version: '1' }, io)

async function until(look: () => boolean): Promise<void> {
  for (let times = 0; !look(); times++) {
    assert.ok(times < 200, String(look))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('a command is run in its own process', () => {
  test('without an agent, and where one has died', async (t) => {
    const { io } = terminal()
    const socket = await socketIn(t)
    assert.equal(await ask(socket, io), undefined)
  })
  test('where the agent is of another version, which is said', async (t) => {
    const { socket } = await agent(t, '2')
    const { io, notes } = terminal()
    assert.equal(await ask(socket, io), undefined)
    assert.match(notes(), /agent is 2, this is 1: [\s\S]*muelle agent upgrade/)
  })
  test('where the agent does not see the folder', async (t) => {
    const { socket } = await agent(t, '1')
    const { io, notes } = terminal()
    assert.equal(await ask(socket, { ...io, cwd: '/nowhere/at/all' }), undefined)
    assert.match(notes(), /does not see \/nowhere\/at\/all[\s\S]*runs here/)
  })
  test('where the agent does not answer', async (t) => {
    const socket = await socketIn(t)
    const deaf = createListener(() => undefined).listen(socket)
    t.after(() => deaf.close())
    assert.equal(await ask(socket, terminal().io), undefined)
  })
})

describe('a command that an agent carries out', () => {
  test('tells here what it tells there, and returns the same', async (t) => {
    const { socket, context, transcript } = await agent(t, '1')
    const { io, notes } = terminal()
    const asked = ask(socket, io)
    await until(() => context.store.job(1) !== undefined)
    const written = openTranscript(transcript(1))
    written.event({ type: 'live', release: 3 })
    written.result({ data: { release: 3 }, text: 'done', exitCode: 4 })
    context.store.endJob({ id: 1, attempt: 1 }, 'succeeded')
    assert.deepEqual(await asked, { data: { release: 3 }, text: 'done', exitCode: 4 })
    assert.equal(notes(), 'live')
    assert.equal(context.store.job(1)?.askedBy, 'command line of ada')
  })

  test('has asked before, and takes the answer along', async (t) => {
    const { socket, context } = await agent(t, '1')
    const launched: (readonly string[])[] = []
    context.begin = (job, { argv }) => {
      launched.push(argv)
      const id = context.store.beginJob(job).id
      context.store.endJob({ id, attempt: 1 }, 'succeeded')
      return id
    }
    const restore = async (answer: string | undefined) => {
      const questions: string[] = []
      const io = {
        ...terminal().io,
        services: async () => ({ store: context.store }),
        ask: async (question: string) => {
          questions.push(question)
          return answer
        },
      } as unknown as Io
      const input = { args: ['restore'], options: { app: 'shop' } }
      const argv = ['backup', 'restore', '--app', 'shop']
      const asked = handOver({ command: backup, input, json: false }, { argv, socket, version: '1' }, io)
      return { asked, questions }
    }
    const agreed = await restore('shop')
    await agreed.asked
    assert.match(agreed.questions.join(), /back to a restore point/)
    assert.deepEqual(launched, [['backup', '--confirm', 'shop', 'restore', '--app', 'shop']])
    const refused = await restore('no')
    await assert.rejects(refused.asked, { code: 'CONFIRMATION_REQUIRED' })
    assert.equal(launched.length, 1)
  })

  test('fails here as it failed there', async (t) => {
    const { socket, context, transcript } = await agent(t, '1')
    const asked = ask(socket, terminal().io)
    await until(() => context.store.job(1) !== undefined)
    const error = new MuelleError('UNHEALTHY', 'ill', { hint: 'look', log: ['a line'] })
    openTranscript(transcript(1)).failure(error)
    context.store.endJob({ id: 1, attempt: 1 }, 'failed')
    await assert.rejects(asked, { code: 'UNHEALTHY', message: 'ill', hint: 'look', log: ['a line'] })
  })

  test('is left to itself by Ctrl-C, after a moment in which a second one stops it', async (t) => {
    const { socket, context } = await agent(t, '1')
    const { io, notes, press } = terminal()
    const asked = ask(socket, io)
    await until(() => context.store.job(1) !== undefined)
    await new Promise((resolve) => setTimeout(resolve, 100))
    press()
    await assert.rejects(asked, { code: 'DETACHED', hint: /agent follow 1 .*agent stop 1/ })
    assert.match(notes(), /Job 1 goes on without this terminal/)
    assert.equal(context.store.job(1)?.stopAskedBy, null)
  })

  test('is stopped by a second Ctrl-C', async (t) => {
    const { socket, context, transcript } = await agent(t, '1')
    const { io, press } = terminal()
    const asked = ask(socket, io)
    await until(() => context.store.job(1) !== undefined)
    await new Promise((resolve) => setTimeout(resolve, 100))
    press()
    press()
    await until(() => context.store.job(1)?.stopAskedBy === 'local')
    openTranscript(transcript(1)).failure(new MuelleError('INTERRUPTED', 'stopped'))
    context.store.endJob({ id: 1, attempt: 1 }, 'failed')
    await assert.rejects(asked, { code: 'INTERRUPTED' })
  })
})
