import type { Rule } from '../rule.ts'
import { lacking, lasting, released } from '../services.ts'

const privilegesGainable: Rule = {
  id: 'compose-privileges-gainable',
  severity: 'medium',
  reason: 'A set-uid program in the image lets a broken-into app become root in its container.',
  fix: '`security_opt: ["no-new-privileges:true"]`',
  find: (facts) =>
    lacking(facts, lasting(facts), {
      isThere: ({ security_opt = [] }) =>
        security_opt.some((option) => /^no-new-privileges(?::true)?$/.test(option)),
      what: 'may gain privileges.',
      write: 'security_opt: ["no-new-privileges:true"]',
    }),
}

const capabilitiesKept: Rule = {
  id: 'compose-capabilities-kept',
  severity: 'medium',
  reason:
    'A web app needs none of the fourteen capabilities that Docker leaves it, such as opening raw sockets. (Images of databases need some of them to start, so they are not meant.)',
  fix: '`cap_drop: [ALL]`, and `cap_add` for the one that a program cannot do without.',
  find: (facts) =>
    lacking(
      facts,
      released(facts).filter(({ definition }) => definition.build !== undefined),
      {
        isThere: ({ cap_drop = [] }) => cap_drop.length > 0,
        what: 'keeps every capability that Docker leaves it.',
        write: 'cap_drop: [ALL]',
      },
    ),
}

const rootWritable: Rule = {
  id: 'compose-root-writable',
  severity: 'low',
  reason: 'Where nothing can be written, nothing can be left behind.',
  fix: '`read_only: true`, with `tmpfs: [/tmp]`.',
  find: (facts) =>
    lacking(
      facts,
      released(facts).filter(({ definition }) => definition.build !== undefined),
      {
        isThere: ({ read_only }) => read_only === true,
        what: 'can write everywhere in its container.',
        write: 'read_only: true  and  tmpfs: [/tmp]',
      },
    ),
}

const memoryUnlimited: Rule = {
  id: 'compose-memory-unlimited',
  severity: 'medium',
  reason:
    'A service without a limit can take all memory of the machine, and the kernel then ends whichever process it likes, often the database.',
  fix: '`deploy: {resources: {limits: {memory: 512M}}}`',
  find: (facts) =>
    lacking(facts, lasting(facts), {
      isThere: ({ deploy, mem_limit }) => (deploy?.resources?.limits?.memory ?? mem_limit) !== undefined,
      what: 'may take all memory of the machine.',
      write: 'deploy: {resources: {limits: {memory: 512M}}}',
    }),
}

const processesUnlimited: Rule = {
  id: 'compose-processes-unlimited',
  severity: 'low',
  reason: 'A program that starts processes without end takes the machine with it.',
  fix: '`pids_limit: 200`',
  find: (facts) =>
    lacking(facts, lasting(facts), {
      isThere: ({ deploy, pids_limit }) => (deploy?.resources?.limits?.pids ?? pids_limit) !== undefined,
      what: 'may start any number of processes.',
      write: 'pids_limit: 200',
    }),
}

const logsUnbounded: Rule = {
  id: 'compose-logs-unbounded',
  severity: 'medium',
  reason:
    'Docker’s usual log driver keeps every line for ever, until the disk is full and the database stops.',
  fix: '`logging: {driver: local, options: {max-size: 10m, max-file: "3"}}`, or `log-opts` in /etc/docker/daemon.json for all.',
  find: (facts) =>
    lacking(facts, lasting(facts), {
      isThere: ({ logging }) =>
        logging?.options?.['max-size'] !== undefined || !['json-file', ''].includes(logging?.driver ?? ''),
      what: 'writes a log that only grows.',
      write: 'logging: {driver: local, options: {max-size: 10m, max-file: "3"}}',
    }),
}

export const hardeningRules: readonly Rule[] = [
  privilegesGainable,
  capabilitiesKept,
  memoryUnlimited,
  logsUnbounded,
  rootWritable,
  processesUnlimited,
]
