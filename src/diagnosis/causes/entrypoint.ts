import { lastMatch, lineRule, type Rule } from '../cause.ts'
import type { Symptoms } from '../symptoms.ts'

/** How Linux machines are numbered in the header of a program (ELF, e_machine). */
const machines: Readonly<Record<number, string>> = { 62: 'amd64', 183: 'arm64', 40: 'arm', 3: '386' }

export const entrypointRules: readonly Rule[] = [
  {
    id: 'wrong-architecture',
    meaning: 'The image, or a program in it, is made for another kind of processor.',
    recognise: (symptoms) => {
      const hit = lastMatch(
        symptoms.lines,
        /exec (\S+): exec format error|exec "(.+?)": exec format error|exec format error/,
      )
      if (hit === undefined) return undefined
      const { image, machine } = symptoms.container?.architectures ?? {}
      const path = hit.groups.find((group) => group !== '')
      const program = architectureOf(headOf(path, symptoms))
      const made = image !== machine ? image : program !== machine ? program : undefined
      if (made === undefined || machine === undefined) return undefined
      return {
        at: hit.at,
        text: `${made === image ? 'The image' : path} is made for ${made}, and this machine is ${machine}.`,
        next: `Build or pull it for this machine:  platform: linux/${machine}   in the service, or none.`,
      }
    },
  },
  {
    id: 'carriage-returns',
    meaning: 'A script has the line endings of Windows, which Linux takes for part of each line.',
    recognise: (symptoms) => {
      const hit = lastMatch(
        symptoms.lines,
        /exec (\S+): no such file or directory|exec "(.+?)": .*no such file or directory|^(\/\S+): (?:line )?\d+: |env: ['‘]?\S+?\\r/,
      )
      if (hit === undefined) return undefined
      const path = hit.groups.find((group) => group !== '')
      const saysSo = /\\r['’]?: No such file/.test(symptoms.lines[hit.at] ?? '')
      if (!saysSo && headOf(path, symptoms)?.includes('\r\n') !== true) return undefined
      return {
        at: hit.at,
        text: `${path ?? 'A script'} has the line endings of Windows (CRLF), and the system looks for a program whose name ends in one.`,
        next: `Convert it:  sed -i 's/\\r$//' FILE   and keep it so, in .gitattributes:  *.sh text eol=lf`,
      }
    },
  },
  {
    id: 'script-without-interpreter',
    meaning: 'A script is run as a program and does not begin with the line that names its interpreter.',
    recognise: (symptoms) => {
      const hit = lastMatch(symptoms.lines, /exec (\S+): exec format error|exec "(.+?)": exec format error/)
      const path = hit?.groups.find((group) => group !== '')
      const head = headOf(path, symptoms)
      if (hit === undefined || head === undefined || head.startsWith('#!') || head.startsWith('\x7fELF'))
        return undefined
      return {
        at: hit.at,
        text: `${path} is a script, but does not begin with the name of its interpreter.`,
        next: 'Write as its first line:  #!/bin/sh',
      }
    },
  },
  lineRule(
    {
      id: 'script-not-executable',
      meaning: 'The command of the container is a file that may not be run as a program.',
      pattern: /exec: "(.+?)": permission denied|exec (\/\S+): permission denied/,
    },
    ([runc = '', init = '']) => {
      const path = runc || init
      return {
        text: `${path} may not be run as a program.`,
        next: `Mark it:  chmod +x FILE   in Git:  git update-index --chmod=+x FILE   or in the Dockerfile:  RUN chmod +x ${path}`,
      }
    },
  ),
  lineRule(
    {
      id: 'program-missing',
      meaning: 'The command of the container names a program that is not in the image.',
      pattern:
        /exec: "(.+?)": (?:executable file not found in \$PATH|stat .*no such file or directory)|exec (\/\S+): no such file or directory|cannot open (\/\S+?): No such file/,
    },
    ([runc = '', init = '', shell = ''], symptoms) => {
      const path = runc || init || shell
      // It is there, so what cannot be found is the interpreter that it names.
      if (headOf(path, symptoms) !== undefined) {
        const interpreter = /^#!\s*(\S+)/.exec(headOf(path, symptoms) ?? '')?.[1]
        if (interpreter === undefined) return undefined
        return {
          text: `${path} is there, but its interpreter ${interpreter} is not in the image.`,
          next: 'Write an interpreter that the image has into its first line:  #!/bin/sh',
        }
      }
      return {
        text: `The image has no program ${path}.`,
        next: 'Install it in the Dockerfile, or correct `command` or `entrypoint`. A volume over the folder hides what the image has there.',
      }
    },
  ),
  lineRule(
    {
      id: 'user-missing',
      meaning: 'The image has no user of the name that the container is to run as.',
      pattern: /unable to find user (\S+): no matching entries in passwd file/,
    },
    ([user]) => ({
      text: `The image has no user ${user}.`,
      next: `Make it in the Dockerfile:  RUN useradd --create-home ${user}`,
    }),
  ),
]

function headOf(path: string | undefined, { paths }: Symptoms): string | undefined {
  return paths.find((fact) => fact.at === 'container' && fact.path === path)?.head
}

function architectureOf(head: string | undefined): string | undefined {
  return head?.startsWith('\x7fELF') === true ? machines[head.charCodeAt(18)] : undefined
}
