import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentCommand, optionsForJobs } from './command-line.ts'
import { renderUnit } from './unit.ts'

const facts = {
  command: ['/usr/bin/node', '/opt/muelle/src/main.ts', 'agent', 'run'],
  home: '/var/lib/muelle',
  dockerConfig: '/root/.docker',
  environment: { MUELLE_HOME: '/var/lib/muelle' },
}

test('the unit leaves deployments alone when the agent is restarted', () => {
  const unit = renderUnit(facts)
  assert.match(unit, /^KillMode=process$/m)
  assert.match(unit, /^Restart=always$/m)
  assert.doesNotMatch(unit, /^PrivateTmp=yes$/m)
})

test('the agent is started to take little memory, and its jobs to be quick', () => {
  const command = agentCommand({ port: 9180, entrance: undefined })
  assert.deepEqual(command.slice(-4), ['agent', 'run', '--port', '9180'])
  assert.ok(command.includes('--max-semi-space-size=1'))
  assert.deepEqual(optionsForJobs(command.slice(1, 3)), ['--disable-warning=ExperimentalWarning'])
})

test('nothing in a path or a value becomes another line, word or specifier', () => {
  const unit = renderUnit({
    ...facts,
    command: ['/opt/a b/%h/node'],
    environment: { MUELLE_HOME: 'x"\nExecStartPre=/bin/evil' },
  })
  assert.match(unit, /^ExecStart="\/opt\/a b\/%%h\/node"$/m)
  assert.doesNotMatch(unit, /^ExecStartPre/m)
})
