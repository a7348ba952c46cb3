import { lineRule, listed, type Rule } from '../cause.ts'

/** Why something that runs does not answer as it should. */
export const healthRules: readonly Rule[] = [
  {
    id: 'listens-on-localhost',
    meaning: 'The app listens on an address that only its own container reaches.',
    recognise: ({ container, port }) => {
      const own = container?.listening?.filter((socket) => socket.port === port) ?? []
      if (port === undefined || own.length === 0 || own.some(({ local }) => !local)) return undefined
      return {
        text: `The app listens on 127.0.0.1:${port}, which only its own container reaches.`,
        next: `Let it listen on every address:  gunicorn --bind 0.0.0.0:${port} …   manage.py runserver 0.0.0.0:${port}`,
      }
    },
  },
  {
    id: 'health-check-program-missing',
    meaning: 'The health check of a service runs a program that its image does not have.',
    recognise: ({ healthCheck }) => {
      const missing = /exec: "(.+?)": executable file not found|: (?:\d+: )?(\S+): not found/.exec(
        healthCheck?.output ?? '',
      )
      const program = missing?.[1] ?? missing?.[2]
      if (program === undefined) return undefined
      return {
        text: `The health check runs ${program}, which is not in the image.`,
        next: `Install ${program} in the Dockerfile, or ask with what the image has, such as python -c or wget.`,
      }
    },
  },
  lineRule(
    {
      id: 'host-refused',
      meaning: 'Django refuses the host name that it is asked by.',
      pattern: /Invalid HTTP_HOST header: '(.+?)'/,
    },
    ([host]) => ({
      text: `Django refuses the host name ${host}.`,
      next: `Add it to the settings:  ALLOWED_HOSTS = [..., "${host?.split(':')[0]}"]`,
    }),
  ),
]

export const healthFallbacks: readonly Rule[] = [
  {
    id: 'listens-elsewhere',
    meaning: 'Nothing listens on the port that the gateway asks; the app listens on another one, or not yet.',
    recognise: ({ container, port }) => {
      const { listening } = container ?? {}
      if (port === undefined || listening === undefined) return undefined
      if (listening.some((socket) => socket.port === port)) return undefined
      const open = [...new Set(listening.filter(({ local }) => !local).map((socket) => socket.port))]
      if (open.length === 0) return undefined
      return {
        text: `Nothing in the container listens on port ${port}; it listens on ${listed(open.map(String))}.`,
        next: `If that is the app, name its port:  x-muelle: {port: ${open[0]}}   A longer start needs  x-muelle: {deploy_timeout: 3m}`,
      }
    },
  },
  {
    id: 'health-check-fails',
    meaning: "A service's own health check fails.",
    recognise: ({ healthCheck }) => {
      if (healthCheck === undefined || healthCheck.exitCode === 0) return undefined
      const said = healthCheck.output.trim().split('\n').at(-1) ?? ''
      return {
        text: `Its health check ends with exit code ${healthCheck.exitCode}${said === '' ? '' : `: ${said}`}`,
      }
    },
  },
  {
    id: 'listens-nowhere',
    meaning: 'The app runs, and listens on no port yet.',
    recognise: ({ container, port, lines }) => {
      const { listening, running } = container ?? {}
      if (port === undefined || running !== true || listening === undefined || listening.length > 0)
        return undefined
      return {
        text: `The app runs, but listens on no port yet${lines.length === 0 ? ' and has logged nothing' : ''}.`,
        next: 'If it needs longer to start:  x-muelle: {deploy_timeout: 3m}',
      }
    },
  },
]
