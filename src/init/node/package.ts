import type { Sources } from '../sources.ts'

export interface Package {
  start: string
  /** `npm run build` has something to do. */
  build: boolean
  dependencies: ReadonlySet<string>
  /** The file in which the app begins, when the start script tells. */
  main: string | undefined
  manager: 'npm' | 'yarn' | 'pnpm'
  hasLock: boolean
  /** `24`. */
  version: string
  versionFrom: string | undefined
}

/** In long-term support until 2028. */
const usualVersion = '24'

/** @returns undefined when there is no package.json with a start script */
export function readPackage({ files }: Sources): Package | undefined {
  const { scripts = {}, dependencies = {}, engines = {}, main } = parsed(files['package.json'])
  const start = scripts['start']
  if (typeof start !== 'string') return undefined
  const manager =
    files['pnpm-lock.yaml'] === undefined ? (files['yarn.lock'] === undefined ? 'npm' : 'yarn') : 'pnpm'
  const lock = { npm: 'package-lock.json', yarn: 'yarn.lock', pnpm: 'pnpm-lock.yaml' }[manager]
  const started = start.split(/\s+/).find((word) => /\.[cm]?[jt]s$/.test(word))
  return {
    start,
    build: typeof scripts['build'] === 'string',
    dependencies: new Set(Object.keys(dependencies)),
    main: [started, typeof main === 'string' ? main : undefined, 'index.js', 'server.js'].find(
      (path) => path !== undefined && files[path.replace(/^\.\//, '')] !== undefined,
    ),
    manager,
    hasLock: files[lock] !== undefined,
    ...versionOf(files, String(engines['node'] ?? '')),
  }
}

function versionOf(files: Sources['files'], engine: string): Pick<Package, 'version' | 'versionFrom'> {
  for (const path of ['.nvmrc', '.node-version']) {
    const version = /^v?(\d+)/.exec(files[path]?.trim() ?? '')?.[1]
    if (version !== undefined) return { version, versionFrom: path }
  }
  const exact = /^[~^=v]*(\d+)(?:\.|\s*$)/.exec(engine)?.[1]
  return exact === undefined
    ? { version: usualVersion, versionFrom: undefined }
    : { version: exact, versionFrom: 'package.json' }
}

interface Written {
  scripts?: Record<string, unknown>
  dependencies?: Record<string, unknown>
  engines?: Record<string, unknown>
  main?: unknown
}

function parsed(text: string | undefined): Written {
  try {
    return JSON.parse(text ?? '{}') as Written
  } catch {
    return {}
  }
}
