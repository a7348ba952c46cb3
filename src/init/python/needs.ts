import type { DatabaseKind, Gap } from '../blueprint.ts'
import type { Requirements } from './requirements.ts'

interface Need {
  /** Any of these will do. */
  anyOf: readonly string[]
  line: string
  why: string
}

/** What the written files start, and what they connect to. */
export interface Used {
  framework: 'Django' | 'Flask'
  server: 'gunicorn' | 'uvicorn' | 'daphne'
  database: DatabaseKind
  redis: boolean
}

/** Packages that are missing among the requirements. */
export function missingPackages(requirements: Requirements, used: Used): Gap[] {
  const { kind, addTo: file, packages } = requirements
  const missing = needsOf(used).filter(({ anyOf }) => !anyOf.some((name) => packages.has(name)))
  if (kind === 'none') {
    const why = `There is no ${file}, and the image installs from it. These are known to be needed; add every other package that the app imports.`
    return [
      {
        id: 'requirements',
        file,
        why,
        write: [used.framework, ...missing.map(({ line }) => line)].join('\n'),
      },
    ]
  }
  return missing.map(({ anyOf, line, why }) => {
    return { id: `requirement-${anyOf[0]}`, file, why, write: command[kind]?.(line) ?? line }
  })
}

/** Where a lock file says what runs, its own tool writes it. */
const command: Partial<Record<Requirements['kind'], (line: string) => string>> = {
  uv: (line) => `uv add '${line}'`,
  poetry: (line) => `poetry add '${line}'`,
  pipenv: (line) => `pipenv install '${line}'`,
  pyproject: (line) => `"${line}",   in  dependencies  of  [project]`,
}

function needsOf({ server, database, redis }: Used): Need[] {
  return [
    ...(server === 'gunicorn'
      ? [
          {
            anyOf: ['gunicorn'],
            line: 'gunicorn>=23,<26',
            why: 'Gunicorn serves the app; Django and Flask bring only a server for development.',
          },
        ]
      : []),
    ...(database === 'postgres'
      ? [
          {
            anyOf: ['psycopg', 'psycopg2', 'psycopg2-binary', 'asyncpg'],
            line: 'psycopg[binary]>=3.1,<4',
            why: 'The app reaches PostgreSQL through it.',
          },
        ]
      : []),
    ...(database === 'mysql'
      ? [
          {
            anyOf: ['mysqlclient', 'pymysql', 'mysql-connector-python'],
            line: 'mysqlclient>=2.2,<3',
            why: 'The app reaches MySQL through it.',
          },
        ]
      : []),
    ...(redis
      ? [
          {
            anyOf: ['redis', 'celery[redis]', 'django-redis', 'channels-redis', 'valkey'],
            line: 'redis>=5,<8',
            why: 'The app reaches Redis through it.',
          },
        ]
      : []),
  ]
}
