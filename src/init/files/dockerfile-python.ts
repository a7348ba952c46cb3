import type { Requirements } from '../python/requirements.ts'

export interface PythonImage {
  /** `3.12`. */
  version: string
  requirements: Requirements
  /** Where the program starts, in the project folder; empty for that itself. */
  root: string
  port: number
  /** Folders that volumes cover, and that the app writes to. */
  folders: readonly string[]
  command: readonly string[]
}

/** Packages that are published as source only, with what builds them and what they load. */
const compiled: readonly [names: readonly string[], build: readonly string[], run: readonly string[]][] = [
  [['psycopg2', 'psycopg[c]'], ['libpq-dev'], ['libpq5']],
  [['mysqlclient'], ['default-libmysqlclient-dev', 'pkg-config'], ['libmariadb3']],
  [['uwsgi'], [], []],
  [['python-ldap'], ['libldap2-dev', 'libsasl2-dev'], ['libldap2-dev', 'libsasl2-dev']],
]

/** A Dockerfile for a Python app: a stage that compiles where something has to be, and one that runs it. */
export function pythonDockerfile(image: PythonImage): string {
  const { version, requirements, root, port, folders, command } = image
  const needed = compiled.filter(([names]) => names.some((name) => requirements.packages.has(name)))
  const build = needed.flatMap(([, packages]) => packages)
  const isCompiling = needed.length > 0
  const parts = [
    ...lockStage(version, requirements),
    ...(isCompiling ? [compileStage({ version, requirements, build })] : []),
    `FROM python:${version}-slim`,
    'ENV PYTHONUNBUFFERED=1 \\\n    PYTHONDONTWRITEBYTECODE=1',
    ...(isCompiling ? runtimePackages(needed.flatMap(([, , packages]) => packages)) : []),
    'RUN useradd --create-home --uid 1000 app',
    'WORKDIR /app',
    isCompiling
      ? 'COPY --from=build --chown=app:app /root/.local /home/app/.local\nENV PATH=/home/app/.local/bin:$PATH'
      : install(requirements, ''),
    ...ownedFolders(folders),
    '# Owned by root: a hole in the app cannot rewrite it.\nCOPY . .',
    ...(root === '' ? [] : [`WORKDIR /app/${root}`]),
    `USER app\nEXPOSE ${port}\nCMD ${JSON.stringify(command).replaceAll('","', '", "')}`,
  ]
  return `${parts.join('\n\n')}\n`
}

/** Poetry, uv and Pipenv write plain requirements, so that only this stage needs them. */
const exporters: Partial<Record<Requirements['kind'], string>> = {
  uv: 'RUN pip install --no-cache-dir uv \\\n    && uv export --frozen --no-dev --no-emit-project --output-file /requirements.txt',
  poetry:
    'RUN pip install --no-cache-dir poetry poetry-plugin-export \\\n    && poetry export --only main --output /requirements.txt',
  pipenv: 'RUN pip install --no-cache-dir pipenv \\\n    && pipenv requirements > /requirements.txt',
  pyproject:
    "RUN python -c \"import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep=chr(10))\" > /requirements.txt",
}

function lockStage(version: string, { kind, needs }: Requirements): string[] {
  const run = exporters[kind]
  if (run === undefined) return []
  return [
    [
      `FROM python:${version}-slim AS requirements`,
      'WORKDIR /project',
      `COPY ${needs.join(' ')} ./`,
      run,
    ].join('\n'),
  ]
}

function compileStage({
  version,
  requirements,
  build,
}: {
  version: string
  requirements: Requirements
  build: readonly string[]
}): string {
  const packages = ['gcc', 'libc6-dev', ...build].map((name) => `        ${name} \\\n`).join('')
  return [
    `FROM python:${version}-slim AS build`,
    `RUN apt-get update \\\n    && apt-get install -y --no-install-recommends \\\n${packages}    && rm -rf /var/lib/apt/lists/*`,
    'WORKDIR /app',
    install(requirements, '--user '),
  ].join('\n')
}

function install({ kind, file, needs }: Requirements, option: string): string {
  const pip = `RUN pip install --no-cache-dir ${option}-r`
  if (exporters[kind] !== undefined)
    return `COPY --from=requirements /requirements.txt /tmp/requirements.txt\n${pip} /tmp/requirements.txt`
  return [...new Set(needs)]
    .map((path) => `COPY ${JSON.stringify([path, path])}`.replace('","', '", "'))
    .concat(`${pip} ${file}`)
    .join('\n')
}

function runtimePackages(packages: readonly string[]): string[] {
  if (packages.length === 0) return []
  return [
    `RUN apt-get update \\\n    && apt-get install -y --no-install-recommends ${packages.join(' ')} \\\n    && rm -rf /var/lib/apt/lists/*`,
  ]
}

function ownedFolders(folders: readonly string[]): string[] {
  if (folders.length === 0) return []
  return [
    `# A new volume takes over the owner of the folder that it covers.\nRUN install -d -o app -g app ${folders.join(' ')}`,
  ]
}
