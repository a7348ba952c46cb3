import type { ErrorCode } from '../../errors/catalogue.ts'
import { lastMatch, lineRule, type Rule } from '../cause.ts'
import type { Symptoms } from '../symptoms.ts'

const unreachable =
  /Temporary failure in name resolution|Name or service not known|Temporary failure resolving|no such host|Could not resolve|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|Network is unreachable|ENETUNREACH|i\/o timeout|NewConnectionError|ConnectTimeoutError/

/** Package managers report an index that they cannot reach as a package that does not exist. */
function withoutNetwork({ lines }: Symptoms): boolean {
  return lines.some((line) => unreachable.test(line))
}

/** Only these are about images that come from elsewhere. */
const imageRules: readonly Rule[] = [
  lineRule(
    {
      id: 'registry-unreachable',
      meaning: 'The registry of an image could not be reached.',
      pattern:
        /(?:Head|Get) "https?:\/\/([^/"]+)\/v2\/.*": (?:dial tcp|net\/http|context deadline exceeded|proxyconnect)/,
    },
    ([registry = '']) => ({
      text: `The registry ${registry} could not be reached.`,
      next: `Check network and name resolution of this machine:  getent hosts ${registry.replace(/:\d+$/, '')}`,
    }),
  ),
  lineRule(
    {
      id: 'image-missing',
      meaning: 'The registry has no image of this name and tag, or does not show it to everybody.',
      pattern:
        /manifest for (\S+) not found|pull access denied for ([^\s,]+)|failed to solve: (\S+): (?:failed to resolve source metadata for \S+: )?\S*not found/,
    },
    (groups) => ({
      text: `The registry has no image ${groups.find((group) => group !== '')}, or shows it only after docker login.`,
      next: 'Check the name and the tag: `image` in the Compose file, FROM in the Dockerfile.',
    }),
  ),
  lineRule(
    {
      id: 'image-for-other-machines',
      meaning: 'The image is published, but not for the kind of processor that this machine has.',
      pattern: /no matching manifest for (\S+) in the manifest list/,
    },
    ([platform]) => ({
      text: `The image is not published for ${platform}, which this machine is.`,
      next: 'Choose a tag that is, or build the image on this machine.',
    }),
  ),
]

const stepRules: readonly Rule[] = [
  lineRule(
    {
      id: 'dockerfile-syntax',
      meaning: 'Docker cannot read the Dockerfile.',
      pattern: /(?:dockerfile parse error(?: on)? line (\d+): (.+))|(file with no instructions)/,
    },
    ([line = '', complaint = '']) => ({
      text: line === '' ? 'The Dockerfile is empty.' : `Line ${line} of the Dockerfile: ${complaint}.`,
      next: 'Mend that line and run the same command again.',
    }),
  ),
  lineRule(
    {
      id: 'dockerfile-missing',
      meaning: 'There is no Dockerfile where the Compose file says.',
      pattern: /failed to read dockerfile: open (?:.*\/)?([^/:]+): no such file or directory/,
    },
    ([name]) => ({
      text: `There is no ${name} in the folder that is built from.`,
      next: 'Write it, or name the one that there is:  build: {context: ., dockerfile: path/to/Dockerfile}',
    }),
  ),
  lineRule(
    {
      id: 'copy-source-missing',
      meaning:
        'COPY or ADD names a file that is not in the folder that is built from, or that .dockerignore leaves out.',
      pattern:
        /failed to (?:compute cache key|calculate checksum).*"\/?(.+?)": not found|failed to compute cache key: "\/?(.+?)" not found/,
    },
    ([today = '', before = ''], { paths }) => {
      const name = today || before
      const fact = paths.find(({ path, at }) => at === 'build' && path === name)
      if (fact === undefined) {
        return {
          text: `COPY or ADD wants ${name}, which is not in the folder that is built from, or .dockerignore leaves it out.`,
        }
      }
      return fact.kind === 'missing'
        ? {
            text: `COPY or ADD wants ${name}, which is not in the folder that is built from.`,
            next: 'Paths of COPY begin in that folder (`context`). Correct the path or add the file.',
          }
        : {
            text: `COPY or ADD wants ${name}. It is there, but .dockerignore leaves it out.`,
            next: `Add this line at the end of .dockerignore:  !${name}`,
          }
    },
  ),
  lineRule(
    {
      id: 'requirement-missing',
      meaning: 'A package that the build installs does not exist, or not in that version.',
      pattern:
        /No matching distribution found for (.+)|Unable to locate package (\S+)|npm (?:error|ERR!) 404\s+'?(@?[^@\s']+@[^\s']+)'? is not in/,
    },
    ([pip = '', apt = '', npm = ''], symptoms) => {
      if (withoutNetwork(symptoms)) return undefined
      if (apt !== '') {
        return {
          text: `apt knows no package ${apt}: the name is wrong, or its lists were not fetched in the same step.`,
          next: `RUN apt-get update && apt-get install -y ${apt}`,
        }
      }
      if (npm !== '') return { text: `The registry has no ${npm}.`, next: 'Check its name and version.' }
      const hasOthers = symptoms.lines.some((line) => /\(from versions: (?!none)/.test(line))
      return {
        text: hasOthers
          ? `pip found other versions, but no ${pip} that fits this image.`
          : `pip found no ${pip}: the name is wrong, or it is not in the indexes that pip asked.`,
        next: `Check name and version, and which versions of Python it is made for.${withoutIndex(symptoms)}`,
      }
    },
  ),
  lineRule(
    {
      id: 'build-without-network',
      meaning: 'A step of the build could not reach a package index or another host.',
      pattern: unreachable,
    },
    (_, symptoms) => {
      const { lines, standIns = [] } = symptoms
      const wanted = lastMatch(lines, /No matching distribution found for (.+)|host='([^']+)'/)?.groups
      const what = wanted?.find((group) => group !== '')
      return {
        text: `The step has no way to a host that it needs${what === undefined ? '' : ` (for ${what})`}: network or name resolution fails in the build.`,
        next: `Try it by hand:  docker run --rm ${standIns[0]?.official ?? 'debian:stable-slim'} getent hosts pypi.org   Behind a proxy:  build: {args: {HTTPS_PROXY: …}}${withoutIndex(symptoms)}`,
      }
    },
  ),
  lineRule(
    {
      id: 'build-command-missing',
      meaning: 'A step of the build runs a program that the image does not have.',
      pattern: /\/bin\/(?:ba)?sh: (?:(?:line )?\d+: )?(\S+): (?:command )?not found/,
    },
    ([program]) => ({
      text: `The image has no program ${program}.`,
      next: `Install the package that brings ${program} in an earlier step of the Dockerfile.`,
    }),
  ),
  lineRule(
    {
      id: 'build-killed',
      meaning: 'A step of the build was killed: by the kernel for lack of memory, or by someone.',
      pattern: /(?:did not complete successfully|\]): exit code: 137/,
    },
    () => ({
      text: 'The step was killed: by the kernel because memory ran out, or by someone.',
      next: 'The kernel would have said so:  sudo dmesg | grep -i "out of memory"',
    }),
  ),
]

/** Causes that are often none in the official image or where it comes from: a stand-in has less. */
export const lackingPrograms: ReadonlySet<string> = new Set([
  'build-command-missing',
  'build-without-network',
  'requirement-missing',
  'program-error',
])

export function describeStandIns({ standIns = [] }: Symptoms): string | undefined {
  if (standIns.length === 0) return undefined
  const each = standIns.map(({ official, holds }) => `${official} is a stand-in here, with ${holds}`)
  return `${each.join('; ')}. What it lacks is in images/README.md; where a registry can be reached:  docker rmi ${standIns.map(({ official }) => official).join(' ')}`
}

/** Where images are made from Debian packages there is often no package index either. */
function withoutIndex({ lines, standIns = [] }: Symptoms): string {
  const python = standIns.find(({ official }) => official.startsWith('python:'))
  const isPip = lines.some((line) => /No matching distribution found|\/simple\//.test(line))
  if (python === undefined || !isPip) return ''
  return `   Without an index pip has what the base image brings:  docker run --rm ${python.official} pip list   Bring the others along: on a machine with an index and the same Python  pip wheel -w wheels -r requirements.txt   and in the Dockerfile  COPY wheels wheels  and  pip install --no-index --find-links wheels -r requirements.txt`
}

/** What pulls and builds print means something else in the log of an app. */
function only(codes: readonly ErrorCode[], rules: readonly Rule[]): Rule[] {
  return rules.map((rule) => ({
    ...rule,
    recognise: (symptoms) => (codes.includes(symptoms.code) ? rule.recognise(symptoms) : undefined),
  }))
}

export const buildRules: readonly Rule[] = [
  ...only(['BUILD_FAILED', 'IMAGE_UNAVAILABLE'], imageRules),
  ...only(['BUILD_FAILED'], stepRules),
]

/** When nothing else explains it. */
export const buildFallbacks: readonly Rule[] = only(
  ['BUILD_FAILED'],
  [
    {
      id: 'stand-in-differs',
      meaning:
        'A build failed upon an image that was made here, from Debian packages, in place of the official one.',
      recognise: (symptoms) => {
        const text = describeStandIns(symptoms)
        return text === undefined ? undefined : { text }
      },
    },
  ],
)
