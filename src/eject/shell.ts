import { shellWord } from '../app/shell-word.ts'
import type { EjectedFile } from './ejection.ts'
import type { Story, VolumeToHave } from './story.ts'

/** The scripts for Linux and macOS, in POSIX sh. */
export function shellScripts(story: Story): EjectedFile[] {
  const script = (path: string, text: string): EjectedFile => ({ path, text: `${text}\n`, mode: 0o755 })
  return [
    script('start.sh', start(story)),
    script('stop.sh', stop(story)),
    script('update.sh', update(story)),
    script('status.sh', status(story)),
  ]
}

function head(what: string): string {
  return `#!/bin/sh
# ${what}
set -eu
cd "$(dirname "$0")"`
}

function start(story: Story): string {
  const { project, backing } = story
  const parts = [
    head(
      [
        `Starts ${project}: checks what is needed, builds what is missing, migrates, starts, waits for an answer.`,
        ...optionsOf(story).map(({ flag, does }) => `#   ${flag.padEnd(15)} ${does}`),
      ].join('\n'),
    ),
    functions,
    readOptions(story),
    checks(story),
    ...build(story),
    ...(backing.length === 0
      ? []
      : [`say 'Starting ${backing.join(', ')}'\ndocker compose up --detach --wait ${backing.join(' ')}`]),
    ...story.commands.map((name) => `say 'Running ${name}'\ndocker compose run --rm -T ${name}`),
    `say 'Starting the app'\ndocker compose up --detach`,
    ...untilAnswered(story),
    './status.sh',
  ]
  return parts.join('\n\n')
}

const functions = `say() { printf '%s\\n' "$1"; }
fail() {
  printf 'error: %s\\n' "$1" >&2
  printf '  next: %s\\n' "$2" >&2
  exit 1
}`

/** Only those that change something. */
function optionsOf({ images, volumes }: Story) {
  return [
    ...(images.length === 0
      ? []
      : [{ flag: '--build', name: 'build', does: 'build the images again, from the project as it is now' }]),
    ...(volumes.length === 0
      ? []
      : [
          {
            flag: '--new-volumes',
            name: 'new_volumes',
            does: 'begin with empty volumes where there are none',
          },
        ]),
  ]
}

function readOptions(story: Story): string {
  const options = optionsOf(story)
  const usage = ['./start.sh', ...options.map(({ flag }) => `[${flag}]`)].join(' ')
  return [
    ...options.map(({ name }) => `${name}=no`),
    `for option in "$@"; do
  case $option in`,
    ...options.map(({ flag, name }) => `    ${flag}) ${name}=yes ;;`),
    `    *) fail "There is no option $option." '${usage}' ;;
  esac
done`,
  ].join('\n')
}

function checks(story: Story): string {
  const { project, directory, volumes } = story
  return [
    `say 'Checking what is needed'
command -v docker >/dev/null || fail 'Docker is not installed.' 'https://docs.docker.com/engine/install/'
docker compose version >/dev/null || fail 'The Compose plugin of Docker is missing.' 'https://docs.docker.com/compose/install/'
docker info >/dev/null 2>&1 || fail 'Docker does not answer.' 'See why: docker info'
[ -z "$(docker ps --all --quiet --filter label=org.muelle.app=${project})" ] ||
  fail 'Muelle still runs ${project} on this machine.' 'muelle down ${project}   (its volumes stay)'
docker compose config --quiet || fail 'compose.yaml misses what is named above.' 'cp .env.example .env, and fill it in'`,
    ...(directory === undefined ? [] : [projectCheck(directory)]),
    `for port in $(docker compose config | sed -n 's/^ *published: "\\([0-9]*\\)"$/\\1/p'); do
  all=$(docker ps --quiet --filter "publish=$port")
  own=$(docker ps --quiet --filter "publish=$port" --filter label=com.docker.compose.project=${project})
  [ "$all" = "$own" ] || fail "Another container has port $port." 'See which: docker ps   Or set HTTP_PORT and HTTPS_PORT in .env'
done`,
    ...volumes.map(haveVolume),
  ].join('\n')
}

function projectCheck(directory: string): string {
  return `project_dir=\${PROJECT_DIR:-$(sed -n 's/^PROJECT_DIR=//p' .env 2>/dev/null | tr -d "\\"'")}
project_dir=\${project_dir:-${shellWord(directory)}}
[ -d "$project_dir" ] || fail "The project is not in $project_dir." 'Say where it is: PROJECT_DIR=... in .env'`
}

function haveVolume({ name, options }: VolumeToHave): string {
  return `docker volume inspect ${name} >/dev/null 2>&1 || {
  [ "$new_volumes" = yes ] ||
    fail 'The volume ${name} is not here.' 'Bring its data (README.md), or begin without: ./start.sh --new-volumes'
  docker volume create ${[...options.map(shellWord), name].join(' ')}
}`
}

function build({ images, builders }: Story): string[] {
  if (images.length === 0) return []
  return [
    `docker image inspect ${images.join(' ')} >/dev/null 2>&1 || build=yes
if [ "$build" = yes ]; then
  say 'Building'
  docker compose build ${builders.join(' ')}
fi`,
  ]
}

function untilAnswered({ check, entrance }: Story): string[] {
  if (check === undefined) return []
  const good = check.strict ? '[23]??' : '[1-4]??'
  return [
    `say 'Waiting for an answer'
tries=0
while :; do
  answer=$(docker compose exec -T ${entrance.service} curl -sk --max-time 10 -o /dev/null -w '%{http_code}' \\
    --resolve ${check.resolve} ${shellWord(check.url)} || true)
  case $answer in ${good}) break ;; esac
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || fail "${check.url} answers $answer." 'See why: docker compose logs --tail 50'
  sleep 1
done`,
  ]
}

function stop({ project }: Story): string {
  return `${head(`Stops ${project}. Its data stays in its volumes.`)}\n\ndocker compose down`
}

function update({ project, images }: Story): string {
  const isBuilt = images.length > 0
  const what = isBuilt
    ? `Brings ${project} to the state of the project's folder: builds, migrates, starts anew what changed.`
    : `Brings ${project} to the newest images of its tags: pulls, migrates, starts anew what changed.`
  const commands = isBuilt ? 'exec ./start.sh --build "$@"' : 'docker compose pull\nexec ./start.sh "$@"'
  return `${head(`${what}\n# Visitors wait while containers are replaced.`)}\n\n${commands}`
}

function status({ project, entrance }: Story): string {
  const { service, port, scheme, hosts } = entrance
  const usual = scheme === 'https' ? 443 : 80
  return `${head(`Shows what runs of ${project}, and where it answers.`)}

docker compose ps
published=$(docker compose port ${service} ${port} | sed 's/.*://')
[ "$published" = ${usual} ] && published= || published=:$published
${hosts.map((host) => `echo "${scheme}://${host}$published/"`).join('\n')}`
}
