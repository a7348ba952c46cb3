import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cannotTake } from './versions.ts'

test('a dump goes into a server of the same version or a later one', () => {
  for (const [kind, from, to] of [
    ['postgres', '15.13 (Debian 15.13-1)', '15.2'],
    ['postgres', '15.13', '17.5'],
    ['mysql', '8.0.43', '9.7.0'],
    ['mysql', '8.4.1', '8.0.43'],
    ['mysql', '10.11.6-MariaDB', '11.8.2-MariaDB-1'],
    ['redis', '7.0.15', '8.0.2'],
    ['redis', '7.2.1', '7.2.0'],
  ] as const)
    assert.equal(cannotTake({ kind, version: from }, to), undefined, `${kind} ${from} into ${to}`)
})

test('not into an earlier one, nor into that of another maker', () => {
  for (const [kind, from, to, why] of [
    ['postgres', '17.5', '15.13', /it is PostgreSQL 15, and the dump is from 17/],
    ['mysql', '9.7.0', '8.0.43', /it is MySQL 8/],
    ['mysql', '11.8.2-MariaDB', '10.11.6-MariaDB', /it is MariaDB 10, and the dump is from 11/],
    ['mysql', '9.7.0', '11.8.2-MariaDB', /it is MariaDB, and the dump is from MySQL/],
    ['redis', '7.2.4', '7.0.15', /it is Redis 7\.0, and the dump is from 7\.2/],
    ['redis', '8.0.2', '7.4.0', /it is Redis 7\.4/],
  ] as const)
    assert.match(cannotTake({ kind, version: from }, to) ?? '', why, `${kind} ${from} into ${to}`)
})
