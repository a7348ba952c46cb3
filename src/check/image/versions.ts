import type { Service } from '../../app/app.ts'
import { imageBaseName } from '../../app/compose.ts'
import type { Facts } from '../facts.ts'
import { baseImagesOf, compareVersions, readImageName, serverKindOf, versionOf } from '../images.ts'
import { inCompose, relative } from '../place.ts'
import { programLine } from '../program.ts'
import type { Finding, Rule } from '../rule.ts'
import { each, running } from '../services.ts'

/** 22.0 mends request smuggling by Transfer-Encoding, CVE-2024-1135. */
const soundGunicorn = [22]

const gunicornOld: Rule = {
  id: 'image-gunicorn-old',
  severity: 'high',
  reason:
    'Gunicorn before 22 can be made to take one request for two (CVE-2024-1135), past the rules of whatever stands in front of it.',
  fix: '`gunicorn>=23` in the requirements.',
  find: (facts) => {
    const { django } = facts
    // What runs in the image is known: what was asked for no longer counts.
    if (django !== undefined && django.gunicorn !== null) return oldInImage(django.service, django.gunicorn)
    const seen = new Set<string>()
    // Several images may be built from one folder: that of nginx or of a tool does not hold what is asked for there.
    const pythonFirst = [...running(facts)].sort((a, b) => isPython(facts, b) - isPython(facts, a))
    return pythonFirst.flatMap(({ name }) => {
      const build = facts.builds[name]
      if (build === undefined || seen.has(build.context)) return []
      seen.add(build.context)
      return Object.entries(build.texts).flatMap(([file, text]) => {
        const found = pinnedGunicorn(text)
        if (found === undefined || compareVersions(versionOf(found.version), soundGunicorn) >= 0) return []
        return {
          service: name,
          file: relative(facts.app.directory, `${build.context}/${file}`),
          line: text.slice(0, found.at).split('\n').length,
          what: `${file} asks for Gunicorn ${found.version}.`,
          write: 'gunicorn>=23,<24',
        }
      })
    })
  },
}

function isPython(facts: Facts, service: Service): 0 | 1 {
  const isBuiltOnIt = baseImagesOf(facts, service).some(
    ({ reference }) => imageBaseName(reference) === 'python',
  )
  return isBuiltOnIt || /\bgunicorn\b/.test(programLine(facts, service)) ? 1 : 0
}

function oldInImage(service: string, version: string): Finding[] {
  if (compareVersions(versionOf(version), soundGunicorn) >= 0) return []
  return [{ service, what: `The image of ${service} holds Gunicorn ${version}.`, write: 'gunicorn>=23,<24' }]
}

/** A version that is pinned: in requirements, or in a lock file of Poetry, uv or Pipenv. */
function pinnedGunicorn(text: string): { version: string; at: number } | undefined {
  const patterns = [
    /^gunicorn(?:\[[^\]]*\])?\s*(?:==|~=)\s*(\d[\d.]*)/m,
    /name = "gunicorn"\nversion = "(\d[\d.]*)"/,
    /"gunicorn": \{[^}]*?"version": "==(\d[\d.]*)"/,
  ]
  for (const pattern of patterns) {
    const found = pattern.exec(text)
    if (found?.[1] !== undefined) return { version: found[1], at: found.index }
  }
  return undefined
}

/** The first sound release of each line, from the advisories of Redis and of Valkey for CVE-2025-49844. */
const soundRedis: Readonly<Record<string, readonly (readonly number[])[]>> = {
  redis: [
    [6, 2, 20],
    [7, 2, 11],
    [7, 4, 6],
    [8, 0, 4],
    [8, 2, 2],
  ],
  valkey: [
    [7, 2, 11],
    [8, 0, 6],
    [8, 1, 4],
  ],
}

const redisVulnerable: Rule = {
  id: 'image-redis-vulnerable',
  severity: 'high',
  reason:
    'In this version whoever may run a script in Redis, which without a password is everyone, can run programs on its machine (CVE-2025-49844).',
  fix: 'At least 6.2.20, 7.2.11, 7.4.6, 8.0.4 or 8.2.2; of Valkey 7.2.11, 8.0.6 or 8.1.4.',
  find: (facts) =>
    each(running(facts), (service) => {
      if (serverKindOf(service) !== 'redis') return undefined
      const product = imageBaseName(service.definition.image ?? '')
      const version = redisVersion(facts, service.name, service.definition.image ?? '')
      if (version === undefined || !isVulnerable(product, version)) return undefined
      return {
        ...inCompose(facts, service.name, 'image'),
        what: `${service.name} is ${product} ${version.join('.')}.`,
        write: `image: ${product}:${product === 'valkey' ? '8.1' : '7.4'}-alpine   then  docker compose pull ${service.name}`,
      }
    }),
}

/** What the image itself says, or else its tag. */
function redisVersion({ images }: Facts, service: string, reference: string): number[] | undefined {
  const env = images[service]?.env ?? {}
  const said =
    env['REDIS_VERSION'] ??
    env['VALKEY_VERSION'] ??
    /\/redis-(\d[\d.]*)\.tar/.exec(env['REDIS_DOWNLOAD_URL'] ?? '')?.[1]
  const version = versionOf(said ?? readImageName(reference).tag ?? '')
  return version.length === 0 ? undefined : version
}

/** A tag such as `7` or `7.4` moves to the newest release of its line, so only a line without a sound one is meant. */
function isVulnerable(product: string, version: readonly number[]): boolean {
  const sound = soundRedis[product]
  if (sound === undefined) return false
  const [major = 0, minor, patch] = version
  const newest = sound.at(-1) ?? []
  if (compareVersions(version, newest) > 0) return false
  if (minor === undefined) return !sound.some((release) => release[0] === major)
  const line = sound.find((release) => release[0] === major && release[1] === minor)
  if (line === undefined) return true
  return patch !== undefined && patch < (line[2] ?? 0)
}

export const imageVersionRules: readonly Rule[] = [gunicornOld, redisVulnerable]
