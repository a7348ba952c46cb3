import { lineRule, listed, type Rule } from '../cause.ts'
import { letAnswer, machineName, nameMachine, whereMachineIs, whyMachineIsUnknown } from '../outside.ts'
import type { Symptoms } from '../symptoms.ts'

const rules: readonly Rule[] = [
  lineRule(
    {
      id: 'name-not-resolved',
      meaning: 'The app asks for a host of a name that is not found.',
      pattern:
        /could not translate host name "(.+?)"|failed to resolve host '(.+?)'|Unknown server host '(.+?)'|connecting to ([\w.-]+):\d+\. (?:Name or service not known|Temporary failure in name resolution)|host not found in upstream "([\w.-]+)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)|lookup ([\w.-]+) on [\d.:]+: no such host|(Name or service not known|Temporary failure in name resolution|nodename nor servname provided)/,
    },
    (groups, symptoms) => {
      const host = groups.slice(0, -1).find((group) => group !== '')
      return explainName(host, symptoms)
    },
  ),
  lineRule(
    {
      id: 'localhost-in-container',
      meaning:
        'The app looks for another service on localhost, which in a container is the container itself.',
      pattern:
        /connection to server at "(localhost|127\.0\.0\.1|::1)".*port (\d+) failed: (?:Connection refused|Cannot assign)|Error (?:111|99) connecting to (localhost|127\.0\.0\.1):(\d+)|Can't connect to (?:local )?(?:MySQL )?server on '(localhost|127\.0\.0\.1)(?::(\d+))?|ECONNREFUSED (127\.0\.0\.1|::1):(\d+)/,
    },
    (groups, { names }) => {
      const port = groups.find((group) => /^\d+$/.test(group))
      return {
        text: `The app looks for a service on localhost${port === undefined ? '' : `:${port}`}. In a container that is the container itself, and nothing listens there.`,
        next: `Write the name of the service instead of localhost. There are: ${listed([...names.lasting, ...names.released])}. ${whereMachineIs}`,
      }
    },
  ),
  lineRule(
    {
      id: 'server-outside-silent',
      meaning:
        'A server that is no service of the file does not answer: it does not run, listens on localhost only, or a firewall keeps the app out.',
      pattern:
        /connection to server at "(.+?)"(?: \((.+?)\))?, port (\d+) failed: (?:Connection refused|Connection timed out|timeout expired|No route to host)|Error 11[013] connecting to ([\w.-]+):(\d+)\.|Can't connect to (?:MySQL )?server on '([\w.-]+?)(?::(\d+))?' \((?:11[0135])\)|connect (?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH) ([\d.]+):(\d+)/,
    },
    (groups, symptoms) => {
      const host = [groups[0], groups[3], groups[5], groups[7]].find((group) => group !== '') ?? ''
      if (!isOutside(host, symptoms)) return undefined
      const port = [groups[2], groups[4], groups[6], groups[8]].find((group) => group !== '')
      return {
        text: `Nothing answers at ${host}${port === undefined ? '' : `, port ${port}`}, which is no service of the file.`,
        next: `${letAnswer(groups[1] || host)} Then run the same command again.`,
      }
    },
  ),
  lineRule(
    {
      id: 'connection-refused',
      meaning: 'The host is there, and nothing listens on the port that the app asks for.',
      pattern:
        /connection to server at "(.+?)".*port (\d+) failed: Connection refused|Error 111 connecting to ([\w.-]+):(\d+)\. Connection refused|Can't connect to (?:MySQL )?server on '([\w.-]+?)(?::(\d+))?' \((?:111|115)\)|connect ECONNREFUSED ([\d.]+):(\d+)/,
    },
    (groups) => {
      const [host, port] = groups.filter((group) => group !== '')
      return {
        text: `Nothing answers at ${host}${port === undefined ? '' : `, port ${port}`}: the port is wrong, or the service did not run at that moment.`,
        next: 'See what runs:  muelle status   Between services the port is the one inside the container, not the published one.',
      }
    },
  ),
]

/** While an image is pulled or built no app asks for anything. */
export const connectionRules: readonly Rule[] = rules.map((rule) => ({
  ...rule,
  recognise: (symptoms) =>
    ['BUILD_FAILED', 'IMAGE_UNAVAILABLE'].includes(symptoms.code) ? undefined : rule.recognise(symptoms),
}))

/** Some programs log the address of a service where others log its name. */
export function isOutside(host: string, { names, addresses = [] }: Symptoms): boolean {
  return ![...names.lasting, ...names.released, ...addresses].includes(host)
}

function explainName(host: string | undefined, symptoms: Symptoms) {
  const { code, names, service = 'web' } = symptoms
  const all = [...names.lasting, ...names.released]
  if (host === machineName || (host === undefined && looksForUnknownMachine(symptoms))) {
    return {
      text: `The app asks for ${machineName}, and ${whyMachineIsUnknown}.`,
      next: nameMachine(service),
    }
  }
  if (host === undefined) {
    return {
      text: 'The app asks for a host whose name is not found; it does not log which.',
      next: `Names that the file gives: ${listed(all)}`,
    }
  }
  if (names.released.includes(host) && ['RELEASE_COMMAND_FAILED', 'TEST_FAILED'].includes(code)) {
    return {
      text: `The command asks for ${host}, which is not there yet: commands run before the services of the release start.`,
      next: `While they run there are: ${listed(names.lasting)}`,
    }
  }
  if (all.includes(host)) {
    return {
      text: `The app asks for ${host}, which the file has. It was not running, or is on no network with this service.`,
      next: 'See what runs:  muelle status   and compare `networks` of both services.',
    }
  }
  if (host.includes('.')) {
    return {
      text: `The app asks for ${host}, which is not found from its container: the name is wrong, or the machine has no name resolution.`,
      next: `Ask this machine:  getent hosts ${host}`,
    }
  }
  return {
    text: `The app asks for ${host}, and no service of the file has that name.`,
    next: `There are: ${listed(all)}`,
  }
}

/** A name that the service has of Docker is found, so it is another one that is not. */
function looksForUnknownMachine({ environment, extraHosts = [] }: Symptoms): boolean {
  const values = Object.values(environment)
  return !extraHosts.includes(machineName) && values.some((value) => value?.includes(machineName))
}
