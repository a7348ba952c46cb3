/** A kind of database: how it is run, written to and read. Every command runs in its container. */
export interface DataKind {
  service: Record<string, unknown>
  env: Readonly<Record<string, string>>
  prepare: readonly (readonly string[])[]
  /** Adds a row. */
  add(row: number): readonly string[]
  /** Prints every row, in the order in which they were added. */
  rows: readonly string[]
  destroy: readonly string[]
}

const psql = ['psql', '-h', '127.0.0.1', '-U', 'shop', '-v', 'ON_ERROR_STOP=1', '-Atqc']
const table = 'CREATE TABLE item (id int PRIMARY KEY, name varchar(80))'
const insert = (row: number): string => `INSERT INTO item VALUES (${row}, 'ñandú ''${row}''')`
const select = 'SELECT * FROM item ORDER BY id'

function mysql(image: string, client: string): DataKind {
  const run = [client, '-h', '127.0.0.1', '-u', 'root', '--default-character-set=utf8mb4', '-N', 'shop', '-e']
  const password = 'hush-hush-hush'
  return {
    service: {
      image,
      environment: { MYSQL_ROOT_PASSWORD: password, MYSQL_DATABASE: 'shop', MYSQL_INITDB_SKIP_TZINFO: '1' },
      volumes: ['data:/var/lib/mysql'],
    },
    env: { MYSQL_PWD: password },
    prepare: [[...run, `${table} ENGINE=InnoDB`]],
    add: (row) => [...run, insert(row)],
    rows: [...run, select],
    destroy: [...run, 'DELETE FROM item WHERE id % 2 = 0'],
  }
}

export const kinds: Readonly<Record<string, DataKind>> = {
  postgres: {
    service: {
      image: 'postgres:15',
      environment: { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'hush-hush-hush' },
      volumes: ['data:/var/lib/postgresql/data'],
    },
    env: {},
    prepare: [[...psql, table]],
    add: (row) => [...psql, insert(row)],
    rows: [...psql, select],
    destroy: [...psql, 'DELETE FROM item WHERE id % 2 = 0'],
  },
  mysql: mysql('mysql:8.0', 'mysql'),
  mariadb: mysql('mariadb:11', 'mariadb'),
  redis: {
    service: {
      image: 'redis:7-alpine',
      command: ['redis-server', '--appendonly', 'yes'],
      volumes: ['data:/data'],
    },
    env: {},
    prepare: [],
    add: (row) => ['redis-cli', 'RPUSH', 'item', `${row} ñandú`],
    rows: ['redis-cli', 'LRANGE', 'item', '0', '-1'],
    destroy: ['redis-cli', 'FLUSHALL'],
  },
}
