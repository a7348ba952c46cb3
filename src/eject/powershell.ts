import type { EjectedFile } from './ejection.ts'
import type { Story, VolumeToHave } from './story.ts'

/**
 * The same scripts for Windows, for PowerShell 5.1 and later. Exit codes are looked at one by one: 5.1 takes a line on
 * standard error for a failure as soon as errors end a script.
 */
export function powerShellScripts(story: Story): EjectedFile[] {
  const script = (path: string, text: string): EjectedFile => ({ path, text: `${text}\n`, mode: 0o644 })
  return [
    script('start.ps1', start(story)),
    script('stop.ps1', stop(story)),
    script('update.ps1', update(story)),
    script('status.ps1', status(story)),
  ]
}

const here = 'Set-Location -LiteralPath $PSScriptRoot'

function start(story: Story): string {
  const { project, backing, commands } = story
  const step = (title: string, command: string): string =>
    `Write-Host '${title}'\n${command}\nAssert-Done '${title}: this failed.' 'docker compose logs --tail 50'`
  const parts = [
    `# Starts ${project}: checks what is needed, builds what is missing, migrates, starts, waits for an answer.
#   -Build        build the images again, from the project as it is now
#   -NewVolumes   begin with empty volumes where there are none
param([switch]$Build, [switch]$NewVolumes)
${here}`,
    functions,
    checks(story),
    ...build(story, step),
    ...(backing.length === 0
      ? []
      : [
          step(
            `Starting ${backing.join(', ')}`,
            `docker compose up --detach --wait ${backing.map(quote).join(' ')}`,
          ),
        ]),
    ...commands.map((name) => step(`Running ${name}`, `docker compose run --rm -T ${name}`)),
    step('Starting the app', 'docker compose up --detach'),
    ...untilAnswered(story),
    '& ./status.ps1',
  ]
  return parts.join('\n\n')
}

const functions = `function Stop-Start([string]$What, [string]$Next) {
  Write-Host "error: $What"
  Write-Host "  next: $Next"
  exit 1
}

function Assert-Done([string]$What, [string]$Next) {
  if ($LASTEXITCODE -ne 0) { Stop-Start $What $Next }
}`

function checks({ project, directory, volumes }: Story): string {
  return [
    `Write-Host 'Checking what is needed'
if (-not (Get-Command docker -ErrorAction SilentlyContinue)) {
  Stop-Start 'Docker is not installed.' 'https://docs.docker.com/desktop/'
}
docker compose version | Out-Null
Assert-Done 'The Compose plugin of Docker is missing.' 'https://docs.docker.com/compose/install/'
docker info | Out-Null
Assert-Done 'Docker does not answer.' 'Start Docker, then run this again.'
if (docker ps --all --quiet --filter 'label=org.muelle.app=${project}') {
  Stop-Start 'Muelle still runs ${project} on this machine.' 'muelle down ${project}   (its volumes stay)'
}
docker compose config --quiet
Assert-Done 'compose.yaml misses what is named above.' 'Copy .env.example to .env, and fill it in.'`,
    ...(directory === undefined ? [] : [projectCheck(directory)]),
    `foreach ($Line in (docker compose config | Select-String -Pattern '^ *published: "([0-9]+)"$')) {
  $Port = $Line.Matches[0].Groups[1].Value
  $All = @(docker ps --quiet --filter "publish=$Port")
  $Own = @(docker ps --quiet --filter "publish=$Port" --filter 'label=com.docker.compose.project=${project}')
  if ($All.Count -gt $Own.Count) {
    Stop-Start "Another container has port $Port." 'See which: docker ps   Or set HTTP_PORT and HTTPS_PORT in .env'
  }
}`,
    ...volumes.map(haveVolume),
  ].join('\n')
}

function projectCheck(directory: string): string {
  return `$ProjectDir = $env:PROJECT_DIR
if (-not $ProjectDir -and (Test-Path '.env')) {
  $Line = Select-String -Path '.env' -Pattern '^PROJECT_DIR=(.*)$' | Select-Object -First 1
  if ($Line) { $ProjectDir = $Line.Matches[0].Groups[1].Value.Trim([char]34, [char]39) }
}
if (-not $ProjectDir) { $ProjectDir = ${quote(directory)} }
if (-not (Test-Path -LiteralPath $ProjectDir)) {
  Stop-Start "The project is not in $ProjectDir." 'Say where it is: PROJECT_DIR=... in .env'
}`
}

function haveVolume({ name, options }: VolumeToHave): string {
  return `if (-not (docker volume ls --quiet --filter 'name=^${name}$')) {
  if (-not $NewVolumes) {
    Stop-Start 'The volume ${name} is not here.' 'Bring its data (README.md), or begin without: ./start.ps1 -NewVolumes'
  }
  docker volume create ${[...options, name].map(quote).join(' ')}
  Assert-Done 'The volume ${name} was not created.' 'docker volume ls'
}`
}

function build({ images, builders }: Story, step: (title: string, command: string) => string): string[] {
  if (images.length === 0) return []
  const block = step('Building', `docker compose build ${builders.map(quote).join(' ')}`)
  return [
    `${images.map((image) => `if (-not (docker image ls --quiet ${quote(image)})) { $Build = $true }`).join('\n')}
if ($Build) {
${block.replaceAll(/^/gm, '  ')}
}`,
  ]
}

function untilAnswered({ check, entrance }: Story): string[] {
  if (check === undefined) return []
  const good = check.strict ? '^[23]' : '^[1-4]'
  return [
    `Write-Host 'Waiting for an answer'
$Tries = 0
while ($true) {
  $Answer = docker compose exec -T ${entrance.service} curl -sk --max-time 10 -o /dev/null -w '%{http_code}' --resolve '${check.resolve}' ${quote(check.url)}
  if ($Answer -match '${good}') { break }
  $Tries++
  if ($Tries -ge 120) { Stop-Start "${check.url} answers $Answer." 'See why: docker compose logs --tail 50' }
  Start-Sleep -Seconds 1
}`,
  ]
}

function stop({ project }: Story): string {
  return `# Stops ${project}. Its data stays in its volumes.\n${here}\ndocker compose down\nexit $LASTEXITCODE`
}

function update({ project, images }: Story): string {
  const isBuilt = images.length > 0
  return `# Brings ${project} to the state of ${isBuilt ? "the project's folder" : 'the newest images'}, and starts anew what changed.
# Visitors wait while containers are replaced.
${here}
${isBuilt ? '& ./start.ps1 -Build' : 'docker compose pull\n& ./start.ps1'}
exit $LASTEXITCODE`
}

function status({ project, entrance }: Story): string {
  const { service, port, scheme, hosts } = entrance
  const usual = scheme === 'https' ? 443 : 80
  return `# Shows what runs of ${project}, and where it answers.
${here}
docker compose ps
$Published = (docker compose port ${service} ${port}) -replace '.*:', ''
$Suffix = if ($Published -eq '${usual}') { '' } else { ":$Published" }
foreach ($HostName in ${hosts.map(quote).join(', ')}) {
  Write-Host "${scheme}://$HostName$Suffix/"
}`
}

/** One word for PowerShell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
