import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { endProgramsOf, identityOf, isAlive, runnerVariable, thisProcess } from './processes.ts'

test('a process is told from another that got its id later', () => {
  assert.ok(isAlive(thisProcess))
  assert.ok(!isAlive(`${process.pid}:1`))
  assert.ok(!isAlive(identityOf(2 ** 22 + 1).replace(/:0$/, ':1')))
})

test('what a dead process started is ended, with what that started; nothing else is', async () => {
  const dead = `${process.pid}:1`
  const start = (runner: string) => {
    const env = { ...process.env, [runnerVariable]: runner }
    return spawn('sh', ['-c', 'sleep 60 & wait'], { env, stdio: 'ignore', detached: true })
  }
  const [left, other] = [start(dead), start('1:1')]
  await Promise.all([once(left, 'spawn'), once(other, 'spawn')])
  await endProgramsOf(dead)
  assert.notEqual(left.signalCode ?? left.exitCode ?? (await once(left, 'exit')), null)
  assert.equal(other.exitCode ?? other.signalCode, null)
  await endProgramsOf('1:1')
})

test('what a living process started is left alone', async () => {
  const env = { ...process.env, [runnerVariable]: thisProcess }
  const child = spawn('sleep', ['60'], { env, stdio: 'ignore' })
  await once(child, 'spawn')
  await endProgramsOf(thisProcess)
  assert.equal(child.signalCode, null)
  child.kill()
})
