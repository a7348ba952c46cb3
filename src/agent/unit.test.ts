import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('nothing in a path or a value becomes another line, word or specifier', () => {
  const unit = renderUnit({
    ...facts,
    command: ['/opt/a b/%h/node'],
    environment: { MUELLE_HOME: 'x"\nExecStartPre=/bin/evil' },
  })
  assert.match(unit, /^ExecStart="\/opt\/a b\/%%h\/node"$/m)
  assert.doesNotMatch(unit, /^ExecStartPre/m)
})
