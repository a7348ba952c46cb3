import type { Call, PythonFile } from './syntax.ts'

/** A variable that a project reads from its environment. */
export interface EnvironmentUse {
  name: string
  /** The setting that it goes into, such as `DATABASES`, and the last key there, such as `HOST`. */
  setting: string
  key: string
  /** The source of the whole value. */
  text: string
  /** Without it the program does not start. */
  isRequired: boolean
  /** The source of what counts without it. */
  fallback: string | undefined
}

const variableName = /^[A-Za-z][A-Za-z0-9_]*$/

/** What django-environ reads when no name is given. */
const nameless: Readonly<Record<string, string>> = {
  db: 'DATABASE_URL',
  db_url: 'DATABASE_URL',
  cache: 'CACHE_URL',
  cache_url: 'CACHE_URL',
  email: 'EMAIL_URL',
  email_url: 'EMAIL_URL',
}

/**
 * The variables that a file reads: by `os.environ`, `os.getenv`, django-environ, python-decouple, environs and
 * dj-database-url, and by helpers of the project that are called `env` or the like.
 */
export function environmentUses({ calls }: PythonFile): EnvironmentUse[] {
  const known = defaultsOfEnv(calls)
  return calls.flatMap((call) => {
    const name = variableOf(call)
    if (name === undefined || name === 'DJANGO_SETTINGS_MODULE') return []
    const { target } = call
    const fallback =
      call.keywords['default'] ?? call.others.find((other) => !other.includes('=')) ?? known[name]
    const names = target === undefined ? [] : [target.name.split('.').at(-1) ?? '', ...target.keys]
    // `app.config["SECRET_KEY"]` is the setting SECRET_KEY.
    const setting = target?.name.includes('.') === true ? (target.keys[0] ?? '') : (names[0] ?? '')
    return {
      name,
      setting,
      key: names.at(-1) ?? '',
      text: target?.text ?? '',
      isRequired: fallback === undefined && refuses(call),
      fallback,
    }
  })
}

function variableOf({ callee, isSubscript, first, keywords }: Call): string | undefined {
  if (isSubscript) return /(?:^|\.)environ$/.test(callee) ? checked(first) : undefined
  if (/^dj_database_url\.config$|^env\.dj_db_url$/.test(callee))
    return checked(first) ?? stringIn(keywords['env']) ?? 'DATABASE_URL'
  const isReader =
    /(?:^|\.)environ\.get$|(?:^|\.)getenv$|(?:^|[._])(?:env|config)(?:\.\w+)?$|(?:^|\.)(?:get_)?env_\w+$/i
  if (!isReader.test(callee)) return undefined
  const method = /^env\.(\w+)$/.exec(callee)?.[1] ?? ''
  return checked(first) ?? (first === undefined ? nameless[method] : undefined)
}

/** A helper that is called `config` may read anything; variables are what is written in capitals. */
function checked(name: string | undefined): string | undefined {
  return name !== undefined && variableName.test(name) && name === name.toUpperCase() ? name : undefined
}

function stringIn(source: string | undefined): string | undefined {
  return source?.replaceAll(/["']/g, '')
}

/** `environ.Env(DEBUG=(bool, False))` has values for what nobody sets. */
function defaultsOfEnv(calls: readonly Call[]): Record<string, string> {
  const schemes = calls.filter(({ callee }) => /(?:^|\.)Env$/.test(callee))
  return Object.fromEntries(
    schemes.flatMap(({ keywords }) =>
      Object.entries(keywords).map(([name, pair]) => [name, /,\s*(.*?)\)?$/s.exec(pair)?.[1] ?? pair]),
    ),
  )
}

/** Whether the program ends when the variable is not there. */
function refuses({ callee, isSubscript }: Call): boolean {
  if (isSubscript) return true
  return /^(?:env|config|decouple\.config|env\.(?:str|int|url|db|db_url|cache|cache_url|required|path))$|require/i.test(
    callee,
  )
}
