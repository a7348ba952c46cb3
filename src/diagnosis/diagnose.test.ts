import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { diagnose } from './diagnose.ts'
import { fallbacks, rules } from './rules.ts'
import type { FailedContainer, Symptoms } from './symptoms.ts'

const seen = (more: Partial<Symptoms>): Symptoms => ({
  code: 'START_FAILED',
  service: 'web',
  lines: [],
  names: { lasting: ['db', 'redis'], released: ['web', 'worker'] },
  environment: {},
  releaseCommands: [],
  databases: [
    { service: 'db', kind: 'PostgreSQL' },
    { service: 'redis', kind: 'Redis' },
  ],
  paths: [],
  ...more,
})

const container = (more: Partial<FailedContainer>): FailedContainer => ({
  name: 'shop-r2-web-r2-1',
  running: false,
  exitCode: 1,
  outOfMemory: false,
  user: '',
  mounts: [],
  ...more,
})

const build = (...lines: string[]) => seen({ code: 'BUILD_FAILED', lines })
const log = (...lines: string[]) => seen({ lines })
const runc =
  'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process'
const lookup = ['  File "<frozen os>", line 679, in __getitem__', "KeyError: 'SECRET_KEY'"]
const retrying =
  "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f64010830d0>: Failed to establish a new connection: [Errno -2] Name or service not known')': /simple/django/"
const mount = { kind: 'volume', source: 'shop_data', target: '/data' }
const machine = { image: 'amd64', machine: 'amd64' }
const inContainer = (path: string, head: string) => [{ path, at: 'container', kind: 'file', head } as const]
const passwordFailed =
  'psycopg2.OperationalError: connection to server at "db" (10.231.77.2), port 5432 failed: FATAL:  password authentication failed for user "postgres"'

const standIns = [{ official: 'python:3.12-slim', holds: 'python 3.13 from Debian trixie' }]

/** What each kind of failure looks like, as Docker, the databases and the libraries print it. */
const cases: readonly [id: string, symptoms: Symptoms, text: RegExp, next?: RegExp][] = [
  [
    'registry-unreachable',
    build(
      'failed to solve: rpc error: code = Unknown desc = failed to solve with frontend dockerfile.v0: failed to create LLB definition: failed to do request: Head "https://registry-1.docker.io/v2/library/nosuch-image/manifests/1": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: no such host',
    ),
    /registry registry-1\.docker\.io could not/,
    /getent hosts registry-1\.docker\.io$/,
  ],
  [
    'image-missing',
    seen({
      code: 'IMAGE_UNAVAILABLE',
      lines: [
        "Error response from daemon: pull access denied for nosuch, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      ],
    }),
    /no image nosuch,/,
  ],
  [
    'image-for-other-machines',
    seen({
      code: 'IMAGE_UNAVAILABLE',
      lines: ['no matching manifest for linux/arm64/v8 in the manifest list entries'],
    }),
    /not published for linux\/arm64/,
  ],
  [
    'dockerfile-syntax',
    build('failed to create LLB definition: dockerfile parse error line 2: unknown instruction: RUNN'),
    /^Line 2 of the Dockerfile: unknown instruction: RUNN\.$/,
  ],
  [
    'dockerfile-missing',
    build(
      'failed to read dockerfile: open /var/lib/docker/tmp/buildkit-mount1667652209/Dockerfile: no such file or directory',
    ),
    /no Dockerfile in the folder/,
  ],
  [
    'copy-source-missing',
    build('failed to solve: failed to compute cache key: "/requirements.txt" not found: not found'),
    /requirements\.txt, which is not .* or \.dockerignore/,
  ],
  [
    'copy-source-missing',
    {
      ...build('failed to compute cache key: "/a.txt" not found: not found'),
      paths: [{ path: 'a.txt', at: 'build', kind: 'file' }],
    },
    /there, but \.dockerignore/,
    /!a\.txt$/,
  ],
  [
    'requirement-missing',
    build(
      'ERROR: Could not find a version that satisfies the requirement Django==99.1 (from versions: none)',
      'ERROR: No matching distribution found for Django==99.1',
    ),
    /found no Django==99\.1: the name is wrong, or/,
  ],
  [
    'requirement-missing',
    build('E: Unable to locate package nosuch-pkg'),
    /apt knows no package nosuch-pkg/,
    /apt-get update &&/,
  ],
  [
    'build-without-network',
    build(retrying, 'ERROR: No matching distribution found for Django==99.1'),
    /no way to a host that it needs \(for Django==99\.1\)/,
    /debian:stable-slim getent hosts pypi\.org .*HTTPS_PROXY: …\}\}$/,
  ],
  [
    'build-without-network',
    { ...build(retrying, 'ERROR: No matching distribution found for Django==99.1'), standIns },
    /network or name resolution fails in the build\. python:3\.12-slim is a stand-in here, with .*images\/README\.md/,
    /docker run --rm python:3\.12-slim getent .*python:3\.12-slim pip list .*pip wheel -w wheels .*--find-links wheels/,
  ],
  [
    'requirement-missing',
    { ...build('ERROR: No matching distribution found for xhtml2pdf'), standIns },
    /found no xhtml2pdf/,
    /python:3\.12-slim pip list .*pip wheel -w wheels /,
  ],
  ['build-command-missing', build('/bin/sh: 1: nosuchcmd: not found'), /no program nosuchcmd/],
  [
    'build-command-missing',
    { ...build('/bin/sh: 1: apk: not found'), standIns },
    /no program apk\. python:3\.12-slim is a stand-in here, with python 3\.13.*docker rmi python:3\.12-slim$/,
  ],
  ['stand-in-differs', { ...build('exit code: 1'), standIns }, /^python:3\.12-slim is a stand-in here/],
  [
    'build-killed',
    build('failed to solve: executor failed running [/bin/sh -c npm run build]: exit code: 137'),
    /memory ran out, or by someone/,
  ],
  ['variable-missing', build(...lookup), /SECRET_KEY, which it does not have/, /RUN SECRET_KEY=unused/],

  [
    'out-of-memory',
    seen({ container: container({ outOfMemory: true, memoryLimit: 32 * 2 ** 20, exitCode: 137 }) }),
    /limit of 32 MiB/,
    /memory: 64M/,
  ],
  ['out-of-memory', seen({ container: container({ outOfMemory: true }) }), /the machine ran out of memory/],
  [
    'port-in-use',
    seen({ code: 'PORT_TAKEN', portHolder: { port: 80, holder: 'The program apache2 (process 7)' } }),
    /^The program apache2 \(process 7\) listens on port 80\.$/,
  ],
  [
    'address-pools-exhausted',
    {
      ...log(
        'Error response from daemon: could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
      ),
      networks: 31,
    },
    /there are 31/,
    /docker network prune/,
  ],
  [
    'shared-memory-full',
    log(
      'ERROR:  could not resize shared memory segment "/PostgreSQL.1804289383" to 8388608 bytes: No space left on device',
    ),
    /\/dev\/shm/,
    /shm_size/,
  ],
  ['disk-full', log('OSError: [Errno 28] No space left on device'), /no room/],

  [
    'mount-source-missing',
    log(
      'Error response from daemon: invalid mount config for type "bind": bind source path does not exist: /srv/shop/missing',
    ),
    /mounts \/srv\/shop\/missing, which/,
  ],
  [
    'mount-kind-differs',
    {
      ...log(
        `${runc}: error during container init: error mounting "/srv/shop/conf" to rootfs at "/etc/passwd": mount /srv/shop/conf:/etc/passwd (via /proc/self/fd/6), flags: 0x5000: not a directory: unknown`,
      ),
      paths: [{ path: '/srv/shop/conf', at: 'machine', kind: 'folder' }],
    },
    /conf is a folder, and \/etc\/passwd in the image is a file/,
  ],
  [
    'mount-not-writable',
    seen({
      lines: ["PermissionError: [Errno 13] Permission denied: '/data/x'"],
      container: container({ user: '1000', mounts: [mount] }),
    }),
    /user 1000, who may not use \/data\/x on the volume shop_data/,
    /chown -R 1000/,
  ],
  [
    'permission-denied',
    seen({
      lines: ["PermissionError: [Errno 13] Permission denied: '/app/x'"],
      container: container({ user: '1000', mounts: [mount] }),
    }),
    /\/app\/x in the image/,
  ],

  [
    'program-missing',
    log(`${runc}: exec: "nosuchcmd": executable file not found in $PATH: unknown`),
    /no program nosuchcmd/,
  ],
  ['program-missing', log('sh: 0: cannot open /nosuch.sh: No such file'), /no program \/nosuch\.sh/],
  [
    'script-not-executable',
    log(`${runc}: exec: "/entrypoint.sh": permission denied: unknown`),
    /\/entrypoint\.sh may not be run/,
    /chmod \+x/,
  ],
  [
    'carriage-returns',
    {
      ...log('exec /e/crlf.sh: no such file or directory'),
      paths: inContainer('/e/crlf.sh', '#!/bin/sh\r\nset -e\r\n'),
    },
    /\/e\/crlf\.sh has the line endings of Windows/,
  ],
  [
    'carriage-returns',
    {
      ...log('/e/crlf.sh: 2: set: Illegal option -'),
      paths: inContainer('/e/crlf.sh', '#!/bin/sh\r\nset -e\r\n'),
    },
    /line endings of Windows/,
  ],
  [
    'program-missing',
    {
      ...log('exec /e/run.sh: no such file or directory'),
      paths: inContainer('/e/run.sh', '#!/bin/bash\necho\n'),
    },
    /its interpreter \/bin\/bash is not/,
  ],
  [
    'script-without-interpreter',
    {
      ...log('exec /e/run: exec format error'),
      paths: inContainer('/e/run', 'echo hi\n'),
      container: container({ architectures: machine }),
    },
    /does not begin with/,
  ],
  [
    'wrong-architecture',
    {
      ...log('exec /e/arm: exec format error'),
      paths: inContainer('/e/arm', `\x7fELF${'\0'.repeat(14)}\xb7\0`),
      container: container({ architectures: machine }),
    },
    /\/e\/arm is made for arm64, and this machine is amd64/,
  ],
  [
    'wrong-architecture',
    {
      ...log('exec /bin/sh: exec format error'),
      container: container({ architectures: { ...machine, image: 'arm64' } }),
    },
    /^The image is made for arm64/,
  ],
  [
    'user-missing',
    log('Error response from daemon: unable to find user nosuchuser: no matching entries in passwd file'),
    /no user nosuchuser/,
  ],

  [
    'database-credentials',
    log(passwordFailed),
    /^PostgreSQL refuses the user postgres with the password that the app gives\.$/,
  ],
  [
    'database-credentials',
    { ...log(passwordFailed), databases: [{ service: 'db', kind: 'PostgreSQL', takesItsOwnPassword: true }] },
    /db takes the user and the password of its own definition, so the app has others/,
  ],
  [
    'database-credentials',
    {
      ...log(passwordFailed),
      databases: [{ service: 'db', kind: 'PostgreSQL', takesItsOwnPassword: false }],
    },
    /counts only when the volume is first initialised/,
    /muelle exec db/,
  ],
  [
    'database-credentials',
    log(
      `MySQLdb._exceptions.OperationalError: (1045, "Access denied for user 'shop'@'10.231.77.6' (using password: YES)")`,
    ),
    /MySQL refuses the user shop/,
  ],
  ['database-credentials', log('failed: fe_sendauth: no password supplied'), /the app gives none/],
  [
    'redis-credentials',
    log(
      '[2026-11-24 14:30:48,547: ERROR/MainProcess] consumer: Cannot connect to redis://redis:6379/0: Authentication required..',
    ),
    /wants a password/,
  ],
  [
    'redis-credentials',
    log('redis.exceptions.AuthenticationError: invalid username-password pair or user is disabled.'),
    /refuses/,
  ],
  [
    'database-missing',
    log('connection to server at "db" (10.0.0.2), port 5432 failed: FATAL:  database "shopp" does not exist'),
    /PostgreSQL has no database shopp/,
    /POSTGRES_DB makes one only when/,
  ],
  [
    'database-missing',
    log(
      `MySQLdb._exceptions.OperationalError: (1044, "Access denied for user 'shop'@'%' to database 'shopp'")`,
    ),
    /MySQL has no database shopp, or/,
  ],
  [
    'database-missing',
    log('connection to server at "172.16.0.1", port 5432 failed: FATAL:  database "shopp" does not exist'),
    /PostgreSQL has no database shopp/,
    /make it on that server: {2}CREATE DATABASE shopp OWNER/,
  ],
  [
    'database-missing',
    { ...log(`(1049, "Unknown database 'shopp'")`), databases: [{ service: 'db', kind: 'MySQL' }] },
    /MySQL has no database shopp/,
    /MYSQL_DATABASE makes one only when/,
  ],
  [
    'database-access',
    log(
      'connection to server at "172.16.0.1", port 5432 failed: FATAL:  no pg_hba.conf entry for host "172.16.3.2", user "ana", database "shop", no encryption',
    ),
    /does not let ana in from 172\.16\.3\.2 to shop\.$/,
    /pg_hba\.conf .*: {2}host {2}shop {2}ana {2}172\.16\.0\.0\/12 {2}scram-sha-256$/,
  ],
  [
    'database-password-missing',
    log('Error: Database is uninitialized and superuser password is not specified.'),
    /POSTGRES_PASSWORD/,
  ],

  [
    'name-not-resolved',
    log(
      'psycopg2.OperationalError: could not translate host name "databse" to address: Name or service not known',
    ),
    /asks for databse, and no service/,
    /db, redis, web and worker/,
  ],
  [
    'name-not-resolved',
    log('redis.exceptions.ConnectionError: Error -2 connecting to redsi:6379. Name or service not known.'),
    /redsi/,
  ],
  [
    'name-not-resolved',
    log(`MySQLdb._exceptions.OperationalError: (2005, "Unknown server host 'mysqll' (-2)")`),
    /mysqll/,
  ],
  [
    'name-not-resolved',
    log(
      '2026/11/24 14:29:25 [emerg] 1#1: host not found in upstream "backendd:8000" in /etc/nginx/nginx.conf:1',
    ),
    /backendd/,
  ],
  ['name-not-resolved', log('socket.gaierror: [Errno -2] Name or service not known'), /does not log which/],
  [
    'name-not-resolved',
    seen({
      code: 'RELEASE_COMMAND_FAILED',
      lines: ['could not translate host name "worker" to address: Name or service not known'],
    }),
    /commands run before/,
  ],
  [
    'name-not-resolved',
    log('could not translate host name "host.docker.internal" to address: Name or service not known'),
    /asks for host\.docker\.internal, and Docker on Linux knows that name only where/,
    /services: \{web: \{extra_hosts: \["host\.docker\.internal:host-gateway"\]\}\}$/,
  ],
  [
    'name-not-resolved',
    log(
      "psycopg.OperationalError: failed to resolve host 'host.docker.internal': [Errno -2] Name or service not known",
    ),
    /asks for host\.docker\.internal/,
  ],
  [
    'name-not-resolved',
    {
      ...log('socket.gaierror: [Errno -2] Name or service not known'),
      environment: { DB_URL: 'postgres://ana@host.docker.internal/shop' },
    },
    /asks for host\.docker\.internal/,
  ],
  [
    'name-not-resolved',
    {
      ...log('socket.gaierror: [Errno -2] Name or service not known'),
      environment: { DB_HOST: 'host.docker.internal' },
      extraHosts: ['host.docker.internal'],
    },
    /does not log which/,
  ],
  [
    'name-not-resolved',
    log('could not translate host name "db" to address: Name or service not known'),
    /which the file has/,
  ],
  [
    'localhost-in-container',
    log(
      'redis.exceptions.ConnectionError: Error 99 connecting to localhost:6379. Cannot assign requested address.',
    ),
    /localhost:6379/,
    /db, redis, web and worker\. .*outside Docker: {2}host\.docker\.internal/,
  ],
  [
    'server-outside-silent',
    log(
      'django.db.utils.OperationalError: connection to server at "172.16.0.1", port 25433 failed: Connection refused',
    ),
    /^Nothing answers at 172\.16\.0\.1, port 25433, which is no service of the file\.$/,
    /listen on 172\.16\.0\.1 and not only on localhost \(PostgreSQL: listen_addresses, MySQL: bind-address\).*firewall/,
  ],
  [
    'server-outside-silent',
    log(
      'connection to server at "host.docker.internal" (172.17.0.1), port 5432 failed: Connection timed out',
    ),
    /at host\.docker\.internal, port 5432/,
    /listen on 172\.17\.0\.1/,
  ],
  [
    'server-outside-silent',
    log(`(2003, "Can't connect to MySQL server on '172.17.0.1:3306' (111)")`),
    /at 172\.17\.0\.1, port 3306/,
  ],
  [
    'server-outside-silent',
    { ...log('Error: connect ECONNREFUSED 172.17.0.1:5432'), addresses: ['10.0.0.2'] },
    /at 172\.17\.0\.1, port 5432/,
  ],
  [
    'connection-refused',
    { ...log('Error: connect ECONNREFUSED 10.0.0.2:5432'), addresses: ['10.0.0.2'] },
    /at 10\.0\.0\.2, port 5432/,
    /muelle status/,
  ],
  [
    'connection-refused',
    log(
      'psycopg2.OperationalError: connection to server at "db" (10.231.77.2), port 5433 failed: Connection refused',
    ),
    /at db, port 5433/,
  ],

  [
    'variable-missing',
    log(...lookup),
    /SECRET_KEY, which it does not have/,
    /environment: \{SECRET_KEY: "\$\{SECRET_KEY\}"\}/,
  ],
  [
    'variable-missing',
    {
      ...log(
        'decouple.UndefinedValueError: SECRET_KEY not found. Declare it as envvar or define a default value.',
      ),
      environment: { SECRET_KEY: '' },
    },
    /is empty/,
    /\.env: {2}SECRET_KEY=/,
  ],
  [
    'setting-empty',
    {
      ...log('django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.'),
      environment: { SECRET_KEY: '' },
    },
    /so is the variable SECRET_KEY/,
  ],
  [
    'database-not-migrated',
    log('django.db.utils.ProgrammingError: relation "auth_user" does not exist'),
    /no table auth_user: its migrations have not run, or/,
    /release: \[python manage\.py migrate/,
  ],
  [
    'database-not-migrated',
    {
      ...log(`(1146, "Table 'shop.shop_product' doesn't exist")`),
      releaseCommands: ['python manage.py migrate'],
    },
    /no table shop_product: no migration that ran/,
  ],
  ['module-missing', log("ModuleNotFoundError: No module named 'nosuch'"), /no module nosuch/],
  ['program-error', log('ValueError: port must be a number'), /ValueError: port must be a number/],

  ['program-ended', seen({ container: container({ exitCode: 0 }) }), /ended by itself, without an error/],

  [
    'listens-on-localhost',
    seen({
      code: 'NOT_READY',
      port: 8000,
      container: container({ running: true, listening: [{ local: true, port: 8000 }] }),
    }),
    /127\.0\.0\.1:8000/,
  ],
  [
    'listens-elsewhere',
    seen({
      code: 'NOT_READY',
      port: 8000,
      container: container({ running: true, listening: [{ local: false, port: 8080 }] }),
    }),
    /nothing.*8000; it listens on 8080/i,
    /port: 8080/,
  ],
  [
    'listens-nowhere',
    seen({ code: 'NOT_READY', port: 8000, container: container({ running: true, listening: [] }) }),
    /no port yet and has logged nothing/,
  ],
  [
    'health-check-program-missing',
    seen({
      code: 'NOT_READY',
      healthCheck: {
        exitCode: 127,
        output:
          'OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH: unknown',
      },
    }),
    /runs curl/,
  ],
  [
    'health-check-fails',
    seen({ code: 'NOT_READY', healthCheck: { exitCode: 2, output: 'no answer\n' } }),
    /exit code 2: no answer/,
  ],
  [
    'host-refused',
    log(
      "Invalid HTTP_HOST header: 'shop.example.com'. You may need to add 'shop.example.com' to ALLOWED_HOSTS.",
    ),
    /refuses the host name shop/,
    /ALLOWED_HOSTS/,
  ],
]

describe('a cause', () => {
  for (const [id, symptoms, text, next = /^/] of cases) {
    test(`${id}: ${text.source}`, () => {
      const cause = diagnose(symptoms)
      assert.equal(cause?.id, id)
      assert.match(cause?.text ?? '', text)
      assert.match(cause?.next ?? '', next)
    })
  }
  test('can be shown of every kind', () => {
    const shown = new Set(cases.map(([id]) => id))
    assert.deepEqual([...shown].sort(), [...rules, ...fallbacks].map(({ id }) => id).sort())
  })
})

/** Looks alike, and shows nothing. */
const silent: readonly [title: string, symptoms: Symptoms][] = [
  ['nothing was seen', seen({})],
  [
    'a KeyError of an ordinary dictionary',
    log('  File "/app/views.py", line 3, in total', "KeyError: 'PRICE'"),
  ],
  [
    'a file that root may not write',
    seen({
      lines: ["PermissionError: [Errno 13] Permission denied: '/data/x'"],
      container: container({ mounts: [mount] }),
    }),
  ],
  [
    'a program that was killed within its limit',
    seen({ container: container({ exitCode: 137, memoryLimit: 2 ** 25 }) }),
  ],
  ['a format error of a program that nobody could look at', log('exec /e/run: exec format error')],
  [
    'an app that listens where it should',
    seen({
      code: 'NOT_READY',
      port: 8000,
      container: container({
        running: true,
        listening: [
          { local: true, port: 8000 },
          { local: false, port: 8000 },
        ],
      }),
    }),
  ],
  [
    'a worker, which has no port',
    seen({ code: 'NOT_READY', container: container({ running: true, listening: [] }) }),
  ],
]

describe('no cause is shown for', () => {
  for (const [title, symptoms] of silent) {
    test(title, () => {
      assert.ok(['program-error', undefined].includes(diagnose(symptoms)?.id), diagnose(symptoms)?.text)
    })
  }
})

describe('of several causes', () => {
  const refused = 'connection to server at "db" (10.0.0.2), port 5432 failed: Connection refused'
  test('the one that was printed last counts', () => {
    assert.equal(diagnose(log(refused, passwordFailed))?.id, 'database-credentials')
    assert.equal(diagnose(log(passwordFailed, refused))?.id, 'connection-refused')
  })
  test('what was measured comes before what was printed', () => {
    const measured = { ...log(refused), container: container({ outOfMemory: true, memoryLimit: 2 ** 25 }) }
    assert.equal(diagnose(measured)?.id, 'out-of-memory')
  })
  test('the last error that was printed is told only when there is nothing better', () => {
    assert.equal(diagnose(log(refused, 'ValueError: x'))?.id, 'connection-refused')
  })
})
