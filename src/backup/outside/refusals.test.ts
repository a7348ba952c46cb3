import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { explainRefusal, missingRights, refuseOtherVersion } from './refusals.ts'

const party = {
  service: 'shop_db',
  at: 'db.example.com:5432',
  database: 'shop',
  user: 'ana',
  asks: 'web',
  passwordIn: 'MAIN_PASSWORD',
}
const failed = 'psql: error: connection to server at "db.example.com" (10.0.0.9), port 5432 failed: '

/** As libpq and PostgreSQL print it. */
const said: readonly [what: string, lines: readonly string[], text: RegExp, next: RegExp][] = [
  [
    'a wrong password',
    [`${failed}FATAL:  password authentication failed for user "ana"`],
    /db\.example\.com:5432 does not take the password of ana\.$/,
    /^Set MAIN_PASSWORD to the one that the server has for ana, .*muelle secrets set MAIN_PASSWORD /,
  ],
  [
    'an access that pg_hba.conf does not give, to Docker on the same machine',
    [
      `${failed}FATAL:  no pg_hba.conf entry for host "172.18.0.3", user "ana", database "postgres", no encryption`,
    ],
    /does not let ana in from 172\.18\.0\.3 to postgres/,
    /host {2}postgres {2}ana {2}172\.16\.0\.0\/12 {2}scram-sha-256$/,
  ],
  [
    'the same to another machine',
    [
      `${failed}FATAL:  no pg_hba.conf entry for host "203.0.113.7", user "ana", database "shop", SSL encryption`,
    ],
    /from 203\.0\.113\.7 to shop/,
    /203\.0\.113\.7\/32/,
  ],
  [
    'a database that is not there',
    [`${failed}FATAL:  database "shop" does not exist`],
    /has no database shop/,
    /CREATE DATABASE shop OWNER .*database-outside\.md says\. Then run the same command again\.$/,
  ],
  [
    'a role that is not there',
    [`${failed}FATAL:  role "ana" does not exist`],
    /has no role ana/,
    /CREATE ROLE ana LOGIN PASSWORD/,
  ],
  [
    'a certificate of somebody else',
    [`${failed}SSL error: certificate verify failed`],
    /no TLS with db\.example\.com:5432 as sslmode wants it/,
    /sslrootcert/,
  ],
  [
    'too many connections',
    [`${failed}FATAL:  sorry, too many clients already`],
    /no connection left/,
    /max_connections/,
  ],
  [
    'a server that is down',
    [`${failed}Connection refused`, '\tIs the server running on that host and accepting TCP/IP connections?'],
    /db\.example\.com:5432 does not answer/,
    /listen on 10\.0\.0\.9 and not only on localhost .*firewall/,
  ],
  [
    'a server that is not reached in time',
    ['psql: error: connection to server at "10.0.0.9", port 5432 failed: timeout expired'],
    /does not answer/,
    /listen on 10\.0\.0\.9 /,
  ],
  [
    'a server that begins anew',
    [`${failed}FATAL:  the database system is starting up`],
    /does not answer/,
    /See that the server runs/,
  ],
  [
    'localhost, which is another one in a container',
    ['psql: error: connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused'],
    /does not answer: in a container localhost is the container itself/,
    /host\.docker\.internal {2}with {2}extra_hosts: .* muelle up$/,
  ],
  [
    'the machine, whose name the file does not give',
    [
      'psql: error: could not translate host name "host.docker.internal" to address: Name or service not known',
    ],
    /web has no host\.docker\.internal, and Docker on Linux/,
    /services: \{web: \{extra_hosts: \["host\.docker\.internal:host-gateway"\]\}\}/,
  ],
  [
    'a name that nobody knows',
    ['psql: error: could not translate host name "db.example.com" to address: Name or service not known'],
    /the name db\.example\.com is not found/,
    /getent hosts db\.example\.com/,
  ],
  [
    'a connection that was cut',
    ['pg_dump: error: query failed: server closed the connection unexpectedly'],
    /the connection to db\.example\.com:5432 broke/,
    /same command again/,
  ],
]

describe('a server outside that refuses', () => {
  for (const [what, lines, text, next] of said)
    test(`is understood: ${what}`, () => {
      const error = explainRefusal(party, lines)
      assert.equal(error?.code, 'DATABASE_UNUSABLE')
      assert.match(error?.message ?? '', text)
      assert.match(error?.hint ?? '', next)
      assert.deepEqual(error?.log, lines)
    })
  test('is not blamed for what is no refusal', () => {
    assert.equal(explainRefusal(party, ['pg_dump: error: permission denied for table hidden']), undefined)
    assert.equal(explainRefusal(party, []), undefined)
  })
})

describe('another version', () => {
  const refuse = (image: string, server: number, client: number) => () =>
    refuseOtherVersion(party, { server, client }, image)
  test('is refused, older or newer, with the image that fits', () => {
    assert.throws(refuse('postgres:15-alpine', 17, 15), { hint: /shop_db: \{image: postgres:17\}/ })
    assert.throws(refuse('postgres:18', 16, 18), { hint: /image: postgres:16\}/ })
    const timescale = 'timescale/timescaledb:2.19.3-pg17'
    assert.throws(refuse(timescale, 16, 17), { hint: /timescale\/timescaledb:2\.19\.3-pg16\}/ })
    assert.throws(refuse('our/database', 16, 17), { hint: /image: postgres:16\}/ })
  })
  test('is none where both are the same', () => assert.doesNotThrow(refuse('postgres:17', 17, 17)))
})

test('what a user lacks is told as the statements that give it', () => {
  const all = { createsDatabases: true, ownsDatabase: true, owner: 'ana', hasOther: true }
  assert.deepEqual(missingRights(party, all), [])
  const none = { createsDatabases: false, ownsDatabase: false, owner: 'boss', hasOther: false }
  const told = missingRights(party, none)
  assert.match(told[0] ?? '', /^ALTER ROLE ana CREATEDB;$/)
  assert.match(told[1] ?? '', /^GRANT boss TO ana; .*ALTER DATABASE shop OWNER TO ana;$/)
  assert.match(told[2] ?? '', /pg_hba\.conf.*host all ana/)
})
