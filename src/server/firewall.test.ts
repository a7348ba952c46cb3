import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readFirewall, readJails } from './firewall.ts'

const chain = (hook: string, prio: number, more: object = {}) => ({
  chain: { family: 'inet', table: 'server', name: hook, handle: 1, type: 'filter', hook, prio, ...more },
})
const rule = (name: string, ...expr: object[]) => ({
  rule: { family: 'inet', table: 'server', chain: name, handle: 2, expr },
})
const ruleset = (...nftables: object[]) => JSON.stringify({ nftables: [{ metainfo: {} }, ...nftables] })
const ssh = {
  match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: { set: [22, 80, 443] } },
}

describe('a firewall is', () => {
  test('before Docker when its last rule at prerouting drops the rest', () => {
    const text = ruleset(
      chain('prerouting', -150, { policy: 'accept' }),
      rule('prerouting', ssh, { accept: null }),
      rule('prerouting', { counter: { packets: 1, bytes: 40 } }, { drop: null }),
    )
    assert.deepEqual(readFirewall(text), { state: 'before-docker', table: 'inet server' })
  })
  test('behind Docker when it drops at input, by its policy, as that of ufw', () => {
    assert.equal(readFirewall(ruleset(chain('input', 0, { policy: 'drop' }))).state, 'behind-docker')
  })
  test('behind Docker when it comes after the addresses were changed', () => {
    const text = ruleset(chain('prerouting', -90, { policy: 'drop' }), chain('input', 0, { policy: 'drop' }))
    assert.equal(readFirewall(text).state, 'behind-docker')
  })
  test('none when only some are dropped, as by fail2ban', () => {
    const text = ruleset(
      chain('prerouting', -160, { policy: 'accept' }),
      rule('prerouting', ssh, { drop: null }),
    )
    assert.deepEqual(readFirewall(text), { state: 'none' })
    assert.deepEqual(readFirewall(ruleset()), { state: 'none' })
  })
  test('none of what forwards, as Docker itself', () => {
    assert.equal(readFirewall(ruleset(chain('forward', 0, { policy: 'drop' }))).state, 'none')
  })
})

test('the jails of fail2ban are those that it lists', () => {
  assert.deepEqual(readJails('Status\n|- Number of jail:\t2\n`- Jail list:\tmuelle, sshd\n'), [
    'muelle',
    'sshd',
  ])
  assert.deepEqual(readJails('Status\n|- Number of jail:\t0\n`- Jail list:\t\n'), [])
})
