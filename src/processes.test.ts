import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { endProgramsOf, identityOf, isAlive, runnerVariable, thisProcess } from './processes.ts'

test('a process is told from another that got its id later', () => {
  assert.ok(isAlive(thisProcess))
  assert.ok(!isAlive(`${process.pid}:1`))
  assert.ok(!isAlive(identityOf(2 ** 22 + 1).replace(/:0$/, ':1')))
})

test('a process that has ended is dead, even when nobody has asked how', async () => {
  // Its parent becomes a program that does not know of it.
  const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'])
  const [line] = await once(parent.stdout, 'data')
  const pid = Number(String(line))
  const identity = identityOf(pid)
  assert.ok(isAlive(identity))
  await sleep(400)
  assert.match(readFileSync(`/proc/${pid}/stat`, 'utf8'), / Z /)
  assert.ok(!isAlive(identity))
  parent.kill()
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
