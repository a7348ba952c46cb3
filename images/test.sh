#!/usr/bin/env bash
# Tests the contract of the stand-ins on real containers. It builds under tags of its own (postgres:15.<number>
# has the recipe of postgres:15), so images in use are left alone, and it removes what it made.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
id=$$
name=muelle-images-$id
work=$(mktemp -d)
failures=0

clean_up() {
  docker ps --all --quiet --filter "label=test=$name" | xargs --no-run-if-empty docker rm --force --volumes
  docker volume ls --quiet --filter "label=test=$name" | xargs --no-run-if-empty docker volume rm
  docker network ls --quiet --filter "label=test=$name" | xargs --no-run-if-empty docker network rm
  docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -E ":[0-9]+(\.[0-9]+)?\.$id(-[a-z0-9]+)?$" |
    xargs --no-run-if-empty docker rmi
  rm -rf "$work"
}
trap 'clean_up >/dev/null 2>&1' EXIT

# check TITLE COMMAND...: shows the output only when the command fails.
check() {
  if "${@:2}" >"$work/out" 2>&1; then
    echo "ok      $1"
  else
    echo "FAILED  $1"
    sed 's/^/        | /' "$work/out"
    failures=$((failures + 1))
  fi
}

# exits STATUS COMMAND...
exits() {
  local status=0
  "${@:2}" || status=$?
  [ "$status" = "$1" ] || { echo "exit status $status instead of $1: ${*:2}" && false; }
}

# prints TEXT COMMAND...: the output has the text, whatever the exit status.
prints() {
  "${@:2}" >"$work/printed" 2>&1
  grep --quiet --fixed-strings -e "$1" "$work/printed" || { cat "$work/printed" && false; }
}

# within SECONDS COMMAND...: tries until it succeeds.
within() {
  local end=$((SECONDS + $1))
  until "${@:2}" >"$work/try" 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { cat "$work/try" && return 1; }
    sleep 0.2
  done
}

run() {
  docker run --label "test=$name" "$@"
}

volume() {
  docker volume create --label "test=$name" "$1"
}

image_id() {
  docker image inspect --format '{{.Id}}' "$1"
}

# A stand-in is built, labelled, and not built again.
builds() {
  local ref=$1 before started
  check "$ref is built" "$here/build.sh" "$ref"
  check "$ref is labelled" test "$(docker image inspect --format \
    '{{index .Config.Labels "org.muelle.stand-in"}} {{index .Config.Labels "org.muelle.stand-in.for"}}' "$ref")" = "true $ref"
  before=$(image_id "$ref")
  started=$(date +%s%3N)
  check "$ref is current the second time" test -z "$("$here/build.sh" "$ref" 2>&1)"
  check "$ref is the same image, looked up in $(($(date +%s%3N) - started)) ms" test "$(image_id "$ref")" = "$before"
}

test_build() {
  local ref=redis:7.1.$id broken=redis:7.2.$id foreign=redis:7.3.$id twice=redis:7.4.$id
  check 'there are recipes' prints postgres:15 "$here/build.sh" --list
  check 'a flavour has the recipe of its version' exits 0 "$here/build.sh" --can docker.io/library/postgres:15.4-alpine3.20
  check 'an unknown name has no recipe' exits 3 "$here/build.sh" --can no-such-image:1
  check 'an unknown version has no recipe' exits 3 "$here/build.sh" --can postgres:9
  check 'nor has one in the name of another publisher' exits 3 "$here/build.sh" --can somebody/redis:7
  check 'a name with a publisher has its recipe' exits 0 "$here/build.sh" --can timescale/timescaledb:2.17.1-pg17
  check 'a v before the version is of no matter' exits 0 "$here/build.sh" --can certbot/certbot:v5.1.0
  check 'a database of another major version has no recipe' exits 3 "$here/build.sh" --can timescale/timescaledb:latest-pg15
  check 'an image of another registry has no recipe' exits 3 "$here/build.sh" --can registry.example.com/redis:7
  check 'without a recipe nothing is built' exits 3 "$here/build.sh" no-such-image:1

  echo hello >"$work/file"
  tar -C "$work" -c file | docker import - "$foreign" >/dev/null
  local before
  before=$(image_id "$foreign")
  check 'an image that is no stand-in is left alone' prints 'left alone' "$here/build.sh" "$foreign"
  check 'and stays the same' test "$(image_id "$foreign")" = "$before"

  cp -r "$here" "$work/images"
  check 'a stand-in of an older recipe' "$work/images/build.sh" "$ref"
  before=$(image_id "$ref")
  echo '# changed' >>"$work/images/redis/docker-entrypoint.sh"
  docker tag "$ref" "redis:7.5.$id"
  check 'is refreshed' "$work/images/build.sh" --refresh "redis:7.[15].$id"
  check 'and replaced' test "$(image_id "$ref")" != "$before"
  check 'what has its labels is left alone' test "$(image_id "redis:7.5.$id")" = "$before"

  "$work/images/build.sh" "$twice" >"$work/first" 2>&1 &
  check 'two builds at once both succeed' "$work/images/build.sh" "$twice"
  check 'the other one too' wait $!

  echo 'RUN echo no such luck && exit 9' >>"$work/images/redis/Dockerfile"
  check 'a build that fails exits 1' exits 1 "$work/images/build.sh" "$broken"
  check 'it shows the end of its log' prints 'no such luck' "$work/images/build.sh" "$broken"
  check 'it names the next command' prints "then run: $work/images/build.sh $broken" "$work/images/build.sh" "$broken"
  check 'it leaves no image' exits 1 docker image inspect "$broken"
  check 'a suite that no mirror has is named' prints 'serves Debian no-such-suite' "$here/base.sh" no-such-suite
}

test_postgres() {
  local ref=$1.$id server=$name-postgres data=$name-pgdata
  builds "$ref"
  check 'no password is refused' exits 1 run --rm "$ref"
  check 'with a word on what to set' prints 'Set POSTGRES_PASSWORD' run --rm "$ref"
  check 'the version needs no database' prints "(PostgreSQL) ${1#*:}." run --rm "$ref" --version

  mkdir -p "$work/initdb.d"
  echo 'CREATE TABLE from_sql AS SELECT 1 AS one;' >"$work/initdb.d/1.sql"
  echo 'CREATE TABLE from_gz AS SELECT 2 AS two;' | gzip >"$work/initdb.d/2.sql.gz"
  # shellcheck disable=SC2016 # The container is to expand these.
  echo 'psql -U "$POSTGRES_USER" "$POSTGRES_DB" -c "CREATE TABLE from_sh AS SELECT 3 AS three"' >"$work/initdb.d/3.sh"
  echo "it's secret" >"$work/password"
  volume "$data" >/dev/null
  local args=(--detach --name "$server" --volume "$data:/var/lib/postgresql/data"
    --volume "$work/initdb.d:/docker-entrypoint-initdb.d:ro" --volume "$work/password:/run/secrets/password:ro"
    --env POSTGRES_PASSWORD_FILE=/run/secrets/password --env POSTGRES_USER=shop --env POSTGRES_DB=shop_prod
    --env POSTGRES_INITDB_ARGS='--data-checksums --auth-local=scram-sha-256' "$ref" -c max_connections=33)
  local psql=(docker exec --env "PGPASSWORD=it's secret" "$server" psql -U shop -d shop_prod -At)

  check 'starts' run "${args[@]}"
  # Over TCP, because while it initialises the server listens on its socket only.
  check 'pg_isready answers' within 60 docker exec "$server" pg_isready -h 127.0.0.1 -U shop
  check 'initdb.d has run' prints '1|2|3' "${psql[@]}" -c 'SELECT * FROM from_sql, from_gz, from_sh'
  check 'the arguments of initdb are used' prints 'checksums: on' "${psql[@]}" -c \
    "SELECT 'checksums: ' || current_setting('data_checksums')"
  check 'the arguments of postgres are used' prints 'connections: 33' "${psql[@]}" -c \
    "SELECT 'connections: ' || current_setting('max_connections')"
  check 'text sorts like in the official image' prints en_US.utf8 "${psql[@]}" -c \
    'SELECT datcollate FROM pg_database WHERE datname = current_database()'
  # shellcheck disable=SC2016
  check 'a wrong password is refused' prints 'password authentication failed' docker exec --env PGPASSWORD=wrong \
    "$server" sh -c 'psql -h "$(hostname -i)" -U shop shop_prod -c "SELECT 1"'
  # shellcheck disable=SC2016
  check 'the right one is accepted' docker exec --env "PGPASSWORD=it's secret" \
    "$server" sh -c 'psql -h "$(hostname -i)" -U shop shop_prod -c "SELECT 1"'
  check 'the server is not root' prints 'Uid:	999' docker exec "$server" cat /proc/1/status
  check 'pg_dump is of the same version' prints "${1#*:}." docker exec "$server" pg_dump --version

  "${psql[@]}" -c "CREATE TABLE kept AS SELECT 'still here' AS word" >/dev/null
  check 'stops cleanly' prints 'database system is shut down' sh -c "docker stop -t 20 $server && docker logs $server"
  docker rm "$server" >/dev/null
  check 'starts on the same data' run "${args[@]}"
  check 'and is ready again' within 60 docker exec "$server" pg_isready -h 127.0.0.1 -U shop
  check 'the data is kept' prints 'still here' "${psql[@]}" -c 'SELECT * FROM kept'
  docker rm --force --volumes "$server" >/dev/null
  docker volume rm "$data" >/dev/null

  echo 'SELECT no_such_column;' >"$work/initdb.d/4.sql"
  check 'a failing script ends the start' exits 3 run --rm --env POSTGRES_PASSWORD=x \
    --volume "$work/initdb.d:/docker-entrypoint-initdb.d:ro" "$ref"
  rm -r "$work/initdb.d"
  check 'a password given twice is refused' exits 1 run --rm --env POSTGRES_PASSWORD=x --env POSTGRES_PASSWORD_FILE=/x "$ref"
}

test_timescaledb() {
  local ref=timescale/timescaledb:2.19.$id-pg17 server=$name-timescaledb
  builds "$ref"
  check 'its label says what differs' prints 'Apache edition' docker image inspect "$ref"
  check 'starts' run --detach --name "$server" --env POSTGRES_PASSWORD=x --env POSTGRES_USER=shop \
    --env POSTGRES_DB=shop_prod "$ref" postgres -c shared_buffers=64MB
  check 'pg_isready answers' within 60 docker exec "$server" pg_isready -h 127.0.0.1 -U shop
  local psql=(docker exec "$server" psql -U shop -v ON_ERROR_STOP=1 -At)
  check 'the database has the extension' prints 2.19. "${psql[@]}" -d shop_prod \
    -c "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
  check 'the arguments of postgres are used' prints 64MB "${psql[@]}" -d shop_prod -c 'SHOW shared_buffers'
  check 'a table becomes a hypertable' "${psql[@]}" -d shop_prod -c "CREATE TABLE readings (at timestamptz NOT NULL,
    value float); SELECT create_hypertable('readings', 'at'); INSERT INTO readings
    SELECT generate_series('2026-01-01'::timestamptz, '2026-03-01', '1 hour'), random()"
  check 'it has chunks' prints 9 "${psql[@]}" -d shop_prod -c "SELECT count(*) FROM show_chunks('readings')"
  check 'a new database has the extension too' "${psql[@]}" -d shop_prod -c 'CREATE DATABASE another'
  check 'and can use it' prints '2026-01-01 00:00:00' "${psql[@]}" -d another \
    -c "SELECT time_bucket('1 day', '2026-01-01 13:14'::timestamp)"
  docker rm --force --volumes "$server" >/dev/null
}

test_mysql() {
  local ref=$1.$id server=$name-mysql data=$name-mysql-data
  builds "$ref"
  check 'no password is refused' exits 1 run --rm "$ref"
  check 'with a word on what to set' prints 'Set MYSQL_ROOT_PASSWORD' run --rm "$ref"
  check 'the version needs no data' prints 'mysqld  Ver 9.7.' run --rm "$ref" --version

  mkdir -p "$work/mysql.d" "$work/conf.d"
  echo 'CREATE TABLE from_sql AS SELECT 1 AS one;' >"$work/mysql.d/1.sql"
  echo 'CREATE TABLE from_gz AS SELECT 2 AS two;' | gzip >"$work/mysql.d/2.sql.gz"
  # shellcheck disable=SC2016 # The container is to expand these.
  echo 'MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql -u root "$MYSQL_DATABASE" -e "CREATE TABLE from_sh AS SELECT 3 AS three"' \
    >"$work/mysql.d/3.sh"
  echo "it's \\ secret" >"$work/password"
  printf '[mysqld]\nmax_connections=33\n' >"$work/conf.d/shop.cnf"
  volume "$data" >/dev/null
  local args=(--detach --name "$server" --volume "$data:/var/lib/mysql"
    --volume "$work/mysql.d:/docker-entrypoint-initdb.d:ro" --volume "$work/conf.d:/etc/mysql/conf.d:ro"
    --volume "$work/password:/run/secrets/password:ro" --env MYSQL_ROOT_PASSWORD_FILE=/run/secrets/password
    --env MYSQL_DATABASE=shop_prod --env MYSQL_USER=shop --env MYSQL_PASSWORD=hush "$ref" --wait-timeout=123)
  local mysql=(docker exec --env MYSQL_PWD=hush "$server" mysql -h 127.0.0.1 -u shop -N shop_prod)
  local ping=(docker exec "$server" mysqladmin ping -h 127.0.0.1 --silent)

  check 'starts' run "${args[@]}"
  # Over TCP, because while it initialises the server listens on its socket only.
  check 'mysqladmin answers' within 120 "${ping[@]}"
  check 'by its socket too, as health checks have it' docker exec "$server" mysqladmin ping -h localhost
  check 'initdb.d has run' prints '1	2	3' "${mysql[@]}" -e 'SELECT * FROM from_sql, from_gz, from_sh'
  check 'the arguments of mysqld are used' prints 123 "${mysql[@]}" -e 'SELECT @@wait_timeout'
  check 'and so is a file in conf.d' prints 33 "${mysql[@]}" -e 'SELECT @@max_connections'
  check 'a wrong password is refused' prints 'Access denied' docker exec --env MYSQL_PWD=wrong "$server" \
    mysql -h 127.0.0.1 -u shop shop_prod
  check 'root comes in from outside' docker exec --env "MYSQL_PWD=it's \\ secret" "$server" \
    mysql -h "$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$server")" -u root -e 'SELECT 1'
  check 'it knows time zones' prints '2026-01-01 13:00:00' "${mysql[@]}" \
    -e "SELECT CONVERT_TZ('2026-01-01 12:00:00', 'UTC', 'Europe/Madrid')"
  check 'the server is not root' prints 'Uid:	999' docker exec "$server" cat /proc/1/status
  check 'mysqldump is of the same version' prints 'Ver 9.7.' docker exec "$server" mysqldump --version

  "${mysql[@]}" -e "CREATE TABLE kept AS SELECT 'still here' AS word" >/dev/null
  check 'stops cleanly' prints 'Shutdown complete' sh -c "docker stop -t 60 $server && docker logs --tail 5 $server"
  docker rm "$server" >/dev/null
  check 'starts on the same data' run "${args[@]}"
  check 'and is ready again' within 60 "${ping[@]}"
  check 'the data is kept' prints 'still here' "${mysql[@]}" -e 'SELECT * FROM kept'
  docker rm --force --volumes "$server" >/dev/null
  docker volume rm "$data" >/dev/null

  echo 'SELECT no_such_column;' >"$work/mysql.d/4.sql"
  check 'a failing script ends the start' exits 1 run --rm --env MYSQL_ROOT_PASSWORD=x --env MYSQL_INITDB_SKIP_TZINFO=1 \
    --volume "$work/mysql.d:/docker-entrypoint-initdb.d:ro" "$ref"
  check 'a password given twice is refused' exits 1 run --rm --env MYSQL_ROOT_PASSWORD=x --env MYSQL_ROOT_PASSWORD_FILE=/x "$ref"
}

test_mariadb() {
  local ref=$1.$id server=$name-mariadb data=$name-mariadb-data
  builds "$ref"
  check 'no password is refused' exits 1 run --rm "$ref"
  check 'with a word on what to set' prints 'Set MARIADB_ROOT_PASSWORD' run --rm "$ref"
  check 'the version needs no data' prints "Ver $2" run --rm "$ref" --version

  mkdir -p "$work/mariadb.d"
  echo 'CREATE TABLE from_sql AS SELECT 1 AS one;' >"$work/mariadb.d/1.sql"
  echo "it's \\ secret" >"$work/password"
  volume "$data" >/dev/null
  local args=(--detach --name "$server" --volume "$data:/var/lib/mysql"
    --volume "$work/mariadb.d:/docker-entrypoint-initdb.d:ro" --volume "$work/password:/run/secrets/password:ro"
    --env MARIADB_ROOT_PASSWORD_FILE=/run/secrets/password --env MYSQL_DATABASE=shop_prod --env MARIADB_USER=shop
    --env MARIADB_PASSWORD=hush "$ref" --wait-timeout=123)
  local sql=(docker exec --env MYSQL_PWD=hush "$server" mariadb -h 127.0.0.1 -u shop -N shop_prod)
  check 'starts' run "${args[@]}"
  check 'its own health check passes' within 120 docker exec "$server" healthcheck.sh --connect --innodb_initialized
  check 'initdb.d has run, in the database that a name of MySQL gave' prints 1 "${sql[@]}" -e 'SELECT * FROM from_sql'
  check 'the arguments of mariadbd are used' prints 123 "${sql[@]}" -e 'SELECT @@wait_timeout'
  check 'root needs its password' prints 'Access denied' docker exec "$server" mariadb -h 127.0.0.1 -u root -e 'SELECT 1'
  check 'root comes in with it' docker exec --env "MYSQL_PWD=it's \\ secret" "$server" mariadb -h 127.0.0.1 -u root -e 'SELECT 1'
  "${sql[@]}" -e "CREATE TABLE kept AS SELECT 'still here' AS word" >/dev/null
  docker stop -t 60 "$server" >/dev/null && docker rm "$server" >/dev/null
  check 'starts on the same data' run "${args[@]}"
  check 'and is ready again' within 60 docker exec "$server" healthcheck.sh --connect
  check 'the data is kept' prints 'still here' "${sql[@]}" -e 'SELECT * FROM kept'
  docker rm --force --volumes "$server" >/dev/null
  docker volume rm "$data" >/dev/null
}

# Each is of use only with the other.
test_certbot() {
  local certbot=certbot/certbot:5.$id pebble=ghcr.io/letsencrypt/pebble:2.$id net=$name-acme
  builds "$certbot"
  builds "$pebble"
  check 'is of the version asked for' prints 'certbot 5.' run --rm "$certbot" --version
  docker network create --label "test=$name" "$net" >/dev/null
  check 'pebble starts' run --detach --name "$name-pebble" --network "$net" --network-alias pebble \
    --env PEBBLE_VA_NOSLEEP=1 --env PEBBLE_WFE_NONCEREJECT=0 "$pebble"
  check 'its own certificate can be taken out' docker cp "$name-pebble:/test/certs/pebble.minica.pem" "$work/ca.pem"
  volume "$name-letsencrypt" >/dev/null
  check 'a certificate is issued' run --rm --network "$net" --network-alias shop.test \
    --volume "$name-letsencrypt:/etc/letsencrypt" --volume "$work/ca.pem:/ca.pem:ro" --env REQUESTS_CA_BUNDLE=/ca.pem \
    "$certbot" certonly --non-interactive --agree-tos --email ops@shop.test --server https://pebble:14000/dir \
    --standalone --http-01-port 5002 --domain shop.test
  check 'it is for that name' prints 'DNS:shop.test' run --rm --volume "$name-letsencrypt:/etc/letsencrypt" \
    --entrypoint openssl "$certbot" x509 -noout -ext subjectAltName -in /etc/letsencrypt/live/shop.test/cert.pem
  check 'a name that does not answer gets none' exits 1 run --rm --network "$net" --volume "$work/ca.pem:/ca.pem:ro" \
    --env REQUESTS_CA_BUNDLE=/ca.pem "$certbot" certonly --non-interactive --agree-tos --email ops@shop.test \
    --server https://pebble:14000/dir --standalone --http-01-port 5002 --domain nobody.test
  check 'its root can be asked for' prints 'BEGIN CERTIFICATE' run --rm --network "$net" --volume "$work/ca.pem:/ca.pem:ro" \
    --entrypoint python3 "$certbot" -c \
    "import ssl, urllib.request as r; print(r.urlopen('https://pebble:15000/roots/0', context=ssl.create_default_context(cafile='/ca.pem')).read().decode())"
  check 'the DNS server of its makers is there too' run --rm "$pebble" sh -c 'command -v pebble-challtestsrv'
  docker rm --force --volumes "$name-pebble" >/dev/null
}

test_node() {
  local ref=$1.$id-alpine
  builds "$ref"
  check "is node $2" prints "v$2." run --rm "$ref" node --version
  check 'npm is there' run --rm --network none "$ref" npm --version
  check 'options are those of node' prints 42 run --rm "$ref" --print '6 * 7'
  # shellcheck disable=SC2016 # Node is to expand this.
  echo 'console.log(`from a ${"file"}`)' >"$work/hello.js"
  check 'a file is run by node' prints 'from a file' run --rm --volume "$work/hello.js:/hello.js:ro" "$ref" /hello.js
  check 'it has the user node' prints 1000 run --rm --user node "$ref" id -u
}

test_restic() {
  local ref=restic/restic:0.$id repo=$name-restic
  builds "$ref"
  volume "$repo" >/dev/null
  echo hush >"$work/key"
  echo wrong >"$work/other-key"
  local args=(--rm --network none --volume "$repo:/repository" --volume "$work:/key:ro" --env RESTIC_REPOSITORY=/repository
    --env RESTIC_PASSWORD_FILE=/key/key "$ref")
  check 'is of the version asked for' prints 'restic 0.' run --rm "$ref" version
  check 'says that there is no repository' exits 10 run "${args[@]}" cat config
  check 'makes one' run "${args[@]}" init
  check 'keeps what a command writes' run "${args[@]}" backup --stdin-from-command -- echo kept
  check 'keeps nothing of a command that fails' exits 1 run "${args[@]}" backup --stdin-from-command -- false
  check 'gives it back' prints kept run "${args[@]}" dump latest stdin
  check 'says that the key is another' exits 12 run --env RESTIC_PASSWORD_FILE=/key/other-key "${args[@]:0:7}" \
    --env RESTIC_REPOSITORY=/repository "$ref" cat config
  docker volume rm "$repo" >/dev/null
}

test_redis() {
  local ref=$1.$id server=$name-redis data=$name-redis-data address
  builds "$ref"
  volume "$data" >/dev/null
  local args=(--detach --name "$server" --volume "$data:/data" "$ref")

  check 'starts with arguments only' run "${args[@]}" --appendonly yes
  check 'answers PING' within 20 prints PONG docker exec "$server" redis-cli ping
  address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$server")
  check 'answers another container' prints PONG run --rm "$ref" redis-cli -h "$address" ping
  check 'the server is not root' prints 'Uid:	999' docker exec "$server" cat /proc/1/status
  check 'is of the version asked for' prints "redis_version:${1#*:}." docker exec "$server" redis-cli info server
  check 'takes a key' prints OK docker exec "$server" redis-cli set key kept
  check 'stops cleanly' prints 'bye bye' sh -c "docker stop -t 20 $server && docker logs $server"
  docker rm "$server" >/dev/null
  check 'starts as redis-server' run "${args[@]}" redis-server --appendonly yes
  check 'the data is kept' within 20 prints kept docker exec "$server" redis-cli get key
  docker rm --force "$server" >/dev/null

  printf 'maxmemory 64mb\nrequirepass hush\n' >"$work/redis.conf"
  check 'starts with a file' run --detach --name "$server" --volume "$work/redis.conf:/etc/my.conf:ro" "$ref" \
    redis-server /etc/my.conf --maxmemory-policy allkeys-lru
  check 'uses the file' within 20 prints 67108864 docker exec "$server" redis-cli -a hush config get maxmemory
  check 'and the argument' prints allkeys-lru docker exec "$server" redis-cli -a hush config get maxmemory-policy
  check 'asks for the password' prints NOAUTH docker exec "$server" redis-cli get key
  docker rm --force --volumes "$server" >/dev/null
  docker volume rm "$data" >/dev/null
}

test_nginx() {
  local ref=$1.$id server=$name-nginx
  builds "$ref"
  check 'its configuration is sound' run --rm "$ref" nginx -t
  check 'is of the version asked for' prints "nginx/${1#*:}." run --rm "$ref" nginx -v

  mkdir -p "$work/templates" "$work/html"
  # shellcheck disable=SC2016 # nginx and the container are to expand these.
  echo 'server { listen 8080; location / { return 200 "${GREETING} from $host"; } }' >"$work/templates/hello.conf.template"
  echo '<p>my page</p>' >"$work/html/index.html"
  check 'starts' run --detach --name "$server" --read-only --tmpfs /var/cache/nginx --tmpfs /run --tmpfs /etc/nginx/conf.d:mode=777 \
    --volume "$work/templates:/etc/nginx/templates:ro" --volume "$work/html:/usr/share/nginx/html:ro" --env GREETING=Hello "$ref"
  check 'fills the templates in' within 20 prints 'Hello from example.test' \
    docker exec "$server" curl --silent --header 'Host: example.test' http://127.0.0.1:8080/
  check 'logs to the container' prints '"GET / HTTP/1.1" 200' docker logs "$server"
  check 'its workers are not root' prints nginx docker exec "$server" sh -c 'stat -c %U /proc/[0-9]*'
  check 'stops gracefully' prints 'gracefully shutting down' sh -c "docker stop -t 20 $server && docker logs $server"
  docker rm --force "$server" >/dev/null

  check 'starts unchanged' run --detach --name "$server" --volume "$work/html:/usr/share/nginx/html:ro" "$ref"
  check 'serves a page' within 20 prints 'my page' docker exec "$server" curl --silent http://127.0.0.1/
  docker rm --force "$server" >/dev/null
}

test_python() {
  local ref=$1.$id-slim holds=$2
  builds "$ref"
  check 'its label says what it holds' prints "python $holds from Debian" docker image inspect "$ref"
  check "is Python $holds" prints "Python $holds." run --rm "$ref" python --version
  cat >"$work/requirements.txt" <<'END'
Django>=4.2,<5
celery[redis]>=5.3
django-celery-beat>=2.5
django-cors-headers>=4.0
django-redis>=5.4
djangorestframework>=3.15
djangorestframework-simplejwt>=5.3
dj-database-url>=0.5
gunicorn>=22
inflection>=0.3.1
mysqlclient>=1.4
Pillow>=9.4
psycopg[binary]>=3.1
psycopg2-binary>=2.9
python-decouple>=3.6
qrcode[pil]>=8.0
redis>=5
reportlab>=3.6
requests>=2.28
uritemplate>=4
whitenoise>=6.5
END
  local offline=(run --rm --network none --env PIP_RETRIES=0 --volume "$work/requirements.txt:/requirements.txt:ro")
  check 'pip meets ranges without an index' "${offline[@]}" "$ref" pip install --no-cache-dir -r /requirements.txt
  check 'and for a user who is not root' "${offline[@]}" --user 1000 "$ref" pip install --no-cache-dir -r /requirements.txt
  check 'nothing is missing' "${offline[@]}" "$ref" pip check
  check 'pip still needs the index for the rest' exits 1 "${offline[@]}" "$ref" \
    pip install --no-cache-dir no-such-distribution
  check 'the packages work' "${offline[@]}" --user 1000 "$ref" python -c \
    'import celery, django.db.backends.postgresql.base, django_redis, MySQLdb, PIL.Image, psycopg, qrcode, reportlab, requests, rest_framework'
  check 'the commands are there' "${offline[@]}" --user 1000 "$ref" \
    sh -c 'django-admin --version && gunicorn --version && celery --version'
}

case ${1:-all} in
  all)
    test_build
    test_postgres postgres:15
    test_postgres postgres:17
    test_timescaledb
    test_mysql mysql:8.0
    test_mariadb mariadb:11 11.8.
    test_redis redis:7
    test_redis redis:8
    test_nginx nginx:1.30
    test_python python:3.11 3.11
    test_python python:3.12 3.13
    test_node node:24 24
    test_certbot
    test_restic
    ;;
  *) "test_$1" "${@:2}" ;;
esac

[ "$failures" = 0 ] || { echo "$failures failed" && exit 1; }
