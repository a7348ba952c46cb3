/** A kind of data on one version of its server: how it is run, written to and read. */
export interface DataKind {
  /** The service `db`; without it, the data are files in the volume `media`. */
  service?: Record<string, unknown>
  env: Readonly<Record<string, string>>
  /** Every command runs in the container of the service. */
  prepare: readonly (readonly string[])[]
  /** Adds a row. */
  add(row: number): readonly string[]
  /** Prints every row, in the order in which they were added. */
  rows: readonly string[]
  destroy: readonly string[]
  /** Kinds whose servers have to take its restore points. */
  into?: readonly string[]
  /** Kinds whose servers have to refuse them, and to stay as they are. */
  refusedBy?: readonly string[]
}

const psql = ['psql', '-h', '127.0.0.1', '-U', 'shop', '-v', 'ON_ERROR_STOP=1', '-Atqc']
const table = 'CREATE TABLE item (id int PRIMARY KEY, name varchar(80))'
const insert = (row: number): string => `INSERT INTO item VALUES (${row}, 'ñandú ''${row}''')`
const select = 'SELECT * FROM item ORDER BY id'
const destroy = 'DELETE FROM item WHERE id % 2 = 0'
const password = 'hush-hush-hush'

function postgres(image: string, prepare: string[], more: Partial<DataKind> = {}): DataKind {
  // From 18 on, the folder of the image has the version in its name.
  const place = image === 'postgres:18' ? '/var/lib/postgresql' : '/var/lib/postgresql/data'
  return {
    service: {
      image,
      environment: { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: password },
      volumes: [`data:${place}`],
    },
    env: {},
    prepare: prepare.map((text) => [...psql, text]),
    add: (row) => [...psql, insert(row)],
    rows: [...psql, select],
    destroy: [...psql, destroy],
    ...more,
  }
}

function mysql(image: string, client: string, more: Partial<DataKind> = {}): DataKind {
  const run = [client, '-h', '127.0.0.1', '-u', 'root', '--default-character-set=utf8mb4', '-N', 'shop', '-e']
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
    destroy: [...run, destroy],
    ...more,
  }
}

function redis(image: string, options: string[], more: Partial<DataKind> = {}): DataKind {
  return {
    service: { image, command: ['redis-server', ...options], volumes: ['data:/data'] },
    env: {},
    prepare: [],
    add: (row) => ['redis-cli', 'RPUSH', 'item', `${row} ñandú`],
    rows: ['redis-cli', 'LRANGE', 'item', '0', '-1'],
    destroy: ['redis-cli', 'FLUSHALL'],
    ...more,
  }
}

const aof = ['--appendonly', 'yes']
const rdb = ['--save', '60 1000']
/** Comes with PostgreSQL, in another version with each. */
const withStatistics = [table, 'CREATE EXTENSION pg_stat_statements']
const hypertable = [
  'CREATE TABLE item (id int PRIMARY KEY, name varchar(80))',
  "SELECT create_hypertable('item', 'id', chunk_time_interval => 8)",
]

export const kinds: Readonly<Record<string, DataKind>> = {
  'postgres-15': postgres('postgres:15', withStatistics, { into: ['postgres-17', 'postgres-18'] }),
  'postgres-17': postgres('postgres:17', withStatistics, {
    into: ['postgres-18'],
    refusedBy: ['postgres-15'],
  }),
  'postgres-18': postgres('postgres:18', withStatistics, { refusedBy: ['postgres-17'] }),
  'timescaledb-17': postgres('timescale/timescaledb:2-pg17', hypertable, { refusedBy: ['postgres-17'] }),
  'mysql-9': mysql('mysql:9', 'mysql', { refusedBy: ['mariadb-11'] }),
  'mariadb-10': mysql('mariadb:10', 'mariadb', { into: ['mariadb-11'] }),
  'mariadb-11': mysql('mariadb:11', 'mariadb', { refusedBy: ['mariadb-10', 'mysql-9'] }),
  'redis-7-aof': redis('redis:7-alpine', aof, { into: ['redis-8-aof'] }),
  'redis-7-rdb': redis('redis:7-alpine', rdb, { into: ['redis-8-aof'] }),
  'redis-8-aof': redis('redis:8', aof, { refusedBy: ['redis-7-rdb'] }),
  media: {
    env: {},
    prepare: [],
    // A file that is there is whole.
    add: (row) => ['sh', '-c', `echo 'ñandú ${row}' > /media/.new && mv /media/.new /media/${row}`],
    rows: ['sh', '-c', 'cd /media && for row in $(ls | grep -x "[0-9]*" | sort -n); do cat $row; done'],
    destroy: ['sh', '-c', 'cd /media && rm ?*[13579] && echo other > 2'],
  },
}
