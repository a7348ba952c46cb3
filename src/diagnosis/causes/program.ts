import { lastMatch, lineRule, type Rule } from '../cause.ts'
import type { Symptoms } from '../symptoms.ts'

/** What the app's own program lacks. */
export const programRules: readonly Rule[] = [
  {
    id: 'variable-missing',
    meaning: 'The app wants an environment variable that it does not have, or that is empty.',
    recognise: (symptoms) => {
      const hit = lastMatch(
        symptoms.lines,
        /UndefinedValueError: (\w+) not found|Set the (\w+) environment variable|must either define the environment variable (\w+)/,
      )
      if (hit !== undefined)
        return { at: hit.at, ...missing(hit.groups.find((group) => group !== '') ?? '', symptoms) }
      return missingKey(symptoms)
    },
  },
  lineRule(
    {
      id: 'setting-empty',
      meaning: 'A setting that Django needs is empty.',
      pattern: /ImproperlyConfigured: The (\w+) setting must not be empty/,
    },
    ([setting = ''], { environment }) => ({
      text:
        environment[setting] === ''
          ? `Django's setting ${setting} is empty, and so is the variable ${setting} that the service gets.`
          : `Django's setting ${setting} is empty.`,
      next: `Give the variable that it is read from a value in .env:  ${setting}=…`,
    }),
  ),
  lineRule(
    {
      id: 'database-not-migrated',
      meaning: 'The app asks for a table that the database does not have.',
      pattern: /relation "(.+?)" does not exist|Table '(?:.+?\.)?(\w+)' doesn't exist|no such table: (\S+)/,
    },
    (groups, { releaseCommands }) => {
      const migrates = releaseCommands.some((command) => command.includes('migrate'))
      return {
        text: `The database has no table ${groups.find((group) => group !== '')}: ${migrates ? 'no migration that ran makes it' : 'its migrations have not run'}, or the app uses another database.`,
        next: migrates
          ? 'Is its migration in the image?  python manage.py makemigrations --check'
          : 'Have them run before each release:  x-muelle: {release: [python manage.py migrate --noinput]}',
      }
    },
  ),
  lineRule(
    {
      id: 'module-missing',
      meaning: 'The app imports a module that the image does not have.',
      pattern: /(?:ModuleNotFoundError|ImportError): No module named '(.+?)'|Cannot find module '(.+?)'/,
    },
    (groups) => {
      const name = groups.find((group) => group !== '') ?? ''
      return {
        text: `The image has no module ${name}.`,
        next: `If it is a package, add it to the requirements that the Dockerfile installs; if it is the app's own, correct the name or the WORKDIR.`,
      }
    },
  ),
]

/** What can be said when nothing else is known: the last error that the program printed. */
export const programFallbacks: readonly Rule[] = [
  {
    id: 'program-error',
    meaning: 'The app printed an error that Muelle knows nothing more about.',
    recognise: ({ lines, code }) => {
      if (code === 'BUILD_FAILED') return undefined
      const hit = lastMatch(lines, /^((?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception)(?:: .+)?)$/)
      return hit === undefined ? undefined : { text: `The last error that it printed: ${hit.groups[0]}` }
    },
  },
  {
    id: 'program-ended',
    meaning: 'The command of a service that has to go on running ended without an error.',
    recognise: ({ code, container }) => {
      if (code !== 'START_FAILED' || container?.running !== false || container.exitCode !== 0)
        return undefined
      return {
        text: 'Its command ended by itself, without an error. A service has to go on running, in the foreground.',
        next: 'Correct `command`: a server that makes itself a daemon ends at once for Docker. For work that is done once:  x-muelle: {role: job}',
      }
    },
  },
]

/** A KeyError says nothing of the environment by itself, but in Python's own lookup of variables it does. */
function missingKey(symptoms: Symptoms) {
  const { lines } = symptoms
  const hit = lastMatch(lines, /^KeyError: '(\w+)'$/)
  if (hit === undefined) return undefined
  const inLookup = lines
    .slice(Math.max(0, hit.at - 3), hit.at)
    .some((line) => /(?:os\.py"|<frozen os>").*in __getitem__/.test(line))
  return inLookup ? { at: hit.at, ...missing(hit.groups[0] ?? '', symptoms) } : undefined
}

function missing(name: string, { code, environment, service }: Symptoms) {
  const isEmpty = environment[name] === ''
  return {
    text: `The app wants the environment variable ${name}, which ${isEmpty ? 'is empty' : 'it does not have'}.`,
    next: howToGive(name, { isEmpty, service: code === 'BUILD_FAILED' ? undefined : (service ?? 'web') }),
  }
}

function howToGive(
  name: string,
  { isEmpty, service }: { isEmpty: boolean; service: string | undefined },
): string {
  if (service === undefined) {
    return `A build knows no variables of the service. For this step alone any value may do:  RUN ${name}=unused python manage.py …`
  }
  if (isEmpty) return `Give it a value in .env:  ${name}=…`
  return `Write it into .env as  ${name}=…   and give it to the service:  services: {${service}: {environment: {${name}: "\${${name}}"}}}`
}
