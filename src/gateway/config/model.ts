/** What one app has at the gateway: the data that its part of nginx's configuration is rendered from. */
export interface Site extends PlainSite {
  probeToken: string
}

/** What an nginx needs to know that serves nothing else. */
export interface PlainSite {
  app: string
  /** Host names, or none for an app that answers to any name on its port. */
  domains: readonly string[]
  tls: Tls | undefined
  files: readonly FileLocation[]
  /** Headers of every answer in which the app does not send its own, by name. */
  headers?: Readonly<Record<string, string>>
  rules?: readonly PathRule[]
  /** Visitors get a page that says so, with status 503; probes still reach the app. */
  maintenance?: boolean
}

/** File names below the `tls` folder. */
export interface Tls {
  certificate: string
  key: string
  /** Whether a certificate authority may ask for its challenges over http. */
  challenged?: boolean
  /** Where visitors come over https, if not on port 443. */
  port?: number
}

export interface FileLocation {
  urlPath: string
  /** Folder below `paths.files`. */
  folder: string
}

/** What is special about the URLs that begin with a path; of several that fit, the longest counts. */
export interface PathRule {
  path: string
  /** Requests per second and client address, and how many more may come at once. */
  rate?: { perSecond: number; burst: number }
  /** Seconds until the app's answer has to begin, and between two parts of it. */
  timeoutSeconds?: number
  /** Bytes of a request. */
  bodyBytes?: number
  /** Seconds for which a browser keeps an answer without asking again. */
  cacheSeconds?: number
  /** Left out of the access log. */
  isQuiet?: boolean
}

export interface Arm {
  app: string
  release: number
  /** Container names and port. */
  servers: readonly string[]
  port: number
  probeToken: string
  rules?: readonly PathRule[]
}

/** A part of the visitors goes to another release than the live one. */
export interface Share {
  release: number
  /** Of the visitors, from 1 to 99. */
  percent: number
}

/** Seconds that an answer may take where no rule says otherwise. */
const usualTimeoutSeconds = 60

/** Seconds, of the whole app: requests that began have to be able to end, whatever is reloaded meanwhile. */
export function longestTimeout(rules: readonly PathRule[] = []): number {
  return Math.max(usualTimeoutSeconds, ...rules.map(({ timeoutSeconds = 0 }) => timeoutSeconds))
}

export function timeoutOf({
  timeoutSeconds = usualTimeoutSeconds,
}: Pick<PathRule, 'timeoutSeconds'>): number {
  return timeoutSeconds
}
