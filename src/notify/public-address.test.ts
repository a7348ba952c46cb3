import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isPrivateLiteral, isPublic } from './public-address.ts'

const hidden = [
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '224.0.0.1',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  'fec0::1',
  'ff02::1',
  'localhost',
  '',
]
const open = ['1.1.1.1', '172.32.0.1', '140.82.112.3', '2606:4700::1111', '2a01:4f8::1', '::ffff:1.1.1.1']

describe('an address', () => {
  for (const address of hidden)
    test(`${address || 'that is none'} is not public`, () => assert.ok(!isPublic(address)))
  for (const address of open) test(`${address} is public`, () => assert.ok(isPublic(address)))
  test('in the place of a name is looked at too, however it is written', () => {
    for (const url of [
      'http://127.1/',
      'http://0x7f000001/',
      'http://[::1]/',
      'http://2130706433/',
      'http://[::ffff:10.0.0.1]/',
    ])
      assert.ok(isPrivateLiteral(new URL(url).hostname), url)
    for (const url of ['http://1.1.1.1/', 'http://localhost/', 'http://[2606:4700::1111]/'])
      assert.ok(!isPrivateLiteral(new URL(url).hostname), url)
  })
})
