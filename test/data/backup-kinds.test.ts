import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import { type Backed, createBacked, until } from '../support/backup.ts'
import { docker, lines, suiteCleanup } from '../support/host.ts'
import type { ComposeDraft } from '../support/project.ts'

/** The same for both, as far as the two speak the same language. */
const seed = `
CREATE TABLE cat (id int PRIMARY KEY AUTO_INCREMENT, name varchar(50) CHARACTER SET utf8mb4) ENGINE=InnoDB;
CREATE TABLE item (id int PRIMARY KEY AUTO_INCREMENT, cat int, name varchar(50) CHARACTER SET utf8mb4, price decimal(10, 4),
  made timestamp DEFAULT CURRENT_TIMESTAMP, raw blob, CONSTRAINT of_cat FOREIGN KEY (cat) REFERENCES cat (id)) ENGINE=InnoDB;
CREATE TABLE added (id int PRIMARY KEY AUTO_INCREMENT, item int) ENGINE=InnoDB;
CREATE TABLE django_migrations (id int PRIMARY KEY AUTO_INCREMENT, app varchar(50), name varchar(50)) ENGINE=InnoDB;
INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial'), ('shop', '0002_item');
INSERT INTO cat (name) VALUES ('ñandú 🎉'), ('it''s \\\\ "quoted"');
INSERT INTO item (cat, name, price, raw) VALUES (1, 'a\\tb\\nc', 1 / 7, x'00ff0a5c27'), (2, NULL, NULL, NULL);
INSERT INTO item (cat, name, raw) SELECT 1, concat('n', a.id, b.id), sha2(a.id, 256) FROM item a, item b;
INSERT INTO item (cat, name, raw) SELECT 2, concat('m', a.id, b.id), sha2(b.id, 256) FROM item a, item b, item c;
CREATE VIEW priced AS SELECT item.id, cat.name AS cat FROM item JOIN cat ON cat.id = item.cat;
CREATE VIEW counted AS SELECT count(*) AS n, twice(2) AS four FROM priced;
CREATE USER reader@'%' IDENTIFIED BY 'only-reads';
GRANT SELECT ON shop.item TO reader@'%';
`
const code = `
CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN 2 * n;
CREATE PROCEDURE clear_added() DELETE FROM added;
CREATE TRIGGER note_item AFTER INSERT ON item FOR EACH ROW INSERT INTO added (item) VALUES (NEW.id);
CREATE EVENT sweep ON SCHEDULE EVERY 1 DAY DO CALL clear_added();
`
const root = { MYSQL_PWD: "it's hush-hush-hush" }

for (const { image, client } of [
  { image: 'mysql:8.0', client: 'mysql' },
  { image: 'mariadb:11', client: 'mariadb' },
]) {
  describe(`a backup of ${image}`, () => {
    const cleanup = suiteCleanup()
    let app: Backed

    const withDatabase = (file: ComposeDraft): void => {
      file.services['db'] = {
        image,
        environment: {
          MYSQL_ROOT_PASSWORD: root.MYSQL_PWD,
          MYSQL_DATABASE: 'shop',
          MYSQL_USER: 'shop',
          MYSQL_PASSWORD: 'hush-hush-hush',
          MYSQL_INITDB_SKIP_TZINFO: '1',
        },
        volumes: ['data:/var/lib/mysql'],
      }
      file['volumes'] = { data: {} }
    }
    const sql = async (...statements: string[]): Promise<string> => {
      const how = ['--host=127.0.0.1', '--user=root', '--batch', '--skip-column-names']
      const argv = [
        'exec',
        '--env',
        `MYSQL_PWD=${root.MYSQL_PWD}`,
        '--interactive',
        `${app.project.name}-db-1`,
      ]
      const options = [client, ...how, '--default-character-set=utf8mb4', 'shop']
      const input = statements.join('\n')
      const { exitCode, stdout, stderr } = await execa('docker', [...argv, ...options], {
        input,
        reject: false,
      })
      assert.equal(exitCode, 0, stderr)
      return stdout
    }
    /** Every row of every table, and what else belongs to the database. */
    const everything = async (): Promise<string[]> =>
      lines(
        await sql(
          ...['cat', 'item', 'added', 'django_migrations'].map(
            (table) => `SELECT '${table}', t.*, hex(t.id) FROM ${table} t ORDER BY id;`,
          ),
          'SHOW CREATE TABLE cat; SHOW CREATE VIEW counted; SHOW CREATE VIEW priced; SHOW CREATE FUNCTION twice;',
          'SHOW CREATE PROCEDURE clear_added; SHOW CREATE TRIGGER note_item; SHOW CREATE EVENT sweep; SHOW GRANTS FOR reader;',
        ),
      ).map((line) => line.replace(/\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d(?=\t|$)/, ''))

    const lastRow = async (): Promise<number> => Number(await sql('SELECT max(id) FROM item'))

    before(async () => {
      app = await createBacked(cleanup, withDatabase)
      await sql(code.replace(/CREATE TRIGGER[^;]*;/, ''), seed)
      await sql(code.match(/CREATE TRIGGER[^;]*;/)?.[0] ?? '')
    })

    test('is proven under writes, and brings back every row, view, routine, trigger and event', async () => {
      const writing = new AbortController()
      const written = (async () => {
        // The trigger makes a row of another table of each.
        while (!writing.signal.aborted) await sql('INSERT INTO item (name, raw) VALUES (uuid(), uuid());')
      })()
      const { stderr } = await app.muelle('backup')
      writing.abort()
      await written
      assert.deepEqual(await app.states(), ['proven'], stderr)
      const [whole, rows] = [await everything(), await lastRow()]
      await sql(
        'DROP VIEW priced; DELETE FROM added; DELETE FROM item WHERE id > 3; DROP TRIGGER note_item; DROP USER reader;',
        'CREATE TABLE later (id int);',
      )
      await app.succeed('backup', 'restore', '--confirm', app.project.name)
      const [back, last] = [await everything(), await lastRow()]
      assert.ok(last > 200 && last <= rows, `${last} of ${rows}`)
      const isLater = (line: string): boolean => /^item\t/.test(line) && Number(line.split('\t')[1]) > last
      const isOfLater = (line: string): boolean => /^added\t/.test(line) && Number(line.split('\t')[2]) > last
      assert.deepEqual(
        back,
        whole.filter((line) => !isLater(line) && !isOfLater(line)),
      )
      assert.equal(await sql("SHOW TABLES LIKE 'later'"), '')
      assert.deepEqual(await app.leftovers(), [])
    })

    test('keeps what served before its restore until somebody is sure', async () => {
      const [kept = ''] = lines(await sql("SHOW DATABASES LIKE 'shop_%'"))
      assert.equal(await sql(`SELECT count(*) FROM ${kept}.item; SELECT count(*) FROM ${kept}.later`), '3\n0')
      await app.succeed('backup', 'confirm')
      assert.equal(await sql("SHOW DATABASES LIKE 'shop_%'"), '')
    })

    test('is refused with a table that knows no transactions', async () => {
      await sql('CREATE TABLE old_sessions (id int) ENGINE=MyISAM;')
      assert.match(await app.fail(50, 'backup'), /old_sessions \(MyISAM\)/)
      await sql('DROP TABLE old_sessions;')
      assert.deepEqual(await app.leftovers(), [])
    })
  })
}

describe('a backup of Redis', () => {
  const cleanup = suiteCleanup()
  let app: Backed

  before(async () => {
    app = await createBacked(cleanup, (file) => {
      file.services['store'] = {
        image: 'redis:7-alpine',
        command: ['redis-server', '--appendonly', 'yes'],
        volumes: ['store:/data'],
      }
      file.services['cache'] = { image: 'redis:7-alpine' }
      file['volumes'] = { store: {} }
    })
  })

  const ask = (...argv: string[]): Promise<string> => app.inService('store', {}, 'redis-cli', ...argv)
  /** Every key of a database with a hash of all that it holds. */
  const keys = async (database: string): Promise<string[]> => {
    const script =
      "local all = {} for _, k in ipairs(redis.call('KEYS', '*')) do all[#all + 1] = k .. ' ' .. redis.sha1hex(redis.call('DUMP', k)) end table.sort(all) return all"
    return lines(await ask('-n', database, 'EVAL', script, '0'))
  }

  test('that is more than a cache is proven under writes, and comes back in spite of its append-only file', async () => {
    await ask('MSET', 'a', '1', 'ñandú 🎉', 'b\tc')
    await ask('HSET', 'hash', 'one', '1', 'two', '2')
    await ask('ZADD', 'sorted', '1', 'x', '2', 'y')
    await ask('XADD', 'stream', '*', 'field', 'value')
    await ask('SET', 'goes', 'soon', 'EX', '5000')
    await ask('-n', '3', 'RPUSH', 'list', '1', '2', '3')
    const writing = new AbortController()
    const written = (async () => {
      for (let n = 1; !writing.signal.aborted; n++) await ask('SET', `n:${n}`, 'x')
    })()
    const { stderr } = await app.muelle('backup')
    writing.abort()
    await written
    assert.deepEqual(await app.states(), ['proven'], stderr)
    assert.match(stderr, /What cache \(redis\) holds is not in the restore point/)
    const [whole, third] = [await keys('0'), await keys('3')]

    await ask('FLUSHALL')
    await ask('SET', 'later', 'x')
    await app.succeed('backup', 'restore', '--only', 'redis', '--confirm', app.project.name)
    const back = await keys('0')
    const last = Math.max(...back.map((line) => Number(/^n:(\d+) /.exec(line)?.[1] ?? 0)))
    assert.ok(last > 0)
    assert.deepEqual(
      back,
      whole.filter((line) => !(Number(/^n:(\d+) /.exec(line)?.[1] ?? 0) > last)),
    )
    assert.deepEqual(await keys('3'), third)
    assert.ok(Number(await ask('TTL', 'goes')) > 0)
    await docker('restart', `${app.project.name}-store-1`)
    await until(async () => (await ask('PING')) === 'PONG')
    assert.deepEqual(await keys('0'), back)
    assert.deepEqual(await app.leftovers(), [])
  })

  test('keeps what it had before its restore until somebody is sure', async () => {
    const kept = async (): Promise<string[]> =>
      lines(await app.inService('store', {}, 'ls', '/data')).filter((name) => name.includes('_before_'))
    assert.equal((await kept()).length, 1)
    await app.succeed('backup', 'confirm')
    assert.deepEqual(await kept(), [])
  })
})
