/** Paths inside the nginx container. */
export const paths = {
  config: '/etc/muelle',
  /** Where an nginx container listens for its arms: a folder of its own. */
  ownSockets: '/run/muelle/own',
  /** The folders of all nginx containers of the pod, by fingerprint. */
  allSockets: '/run/muelle/all',
  /** Inside the holder, where it writes that it was started; nginx sees the folder among its configuration. */
  holder: '/run/muelle/holder',
  files: '/srv/muelle',
  /** What a certificate authority asks for, to see that a host name leads here. */
  challenges: '/etc/muelle/challenges',
} as const

/** Where nginx finds the files that a site names. */
export interface Places {
  tls: string
  challenges: string
  /** The folder of the app's own folders. */
  files: string
}

/** In the gateway, where apps share one nginx. */
export function placesInGateway(app: string): Places {
  return { tls: `${paths.config}/tls`, challenges: paths.challenges, files: `${paths.files}/${app}` }
}

/**
 * A request with the probe token is answered with the release that served it and the address of the replica;
 * with `TOKEN-r12` it reaches release 12 whether or not that release is live.
 */
export const probeHeader = 'X-Muelle-Probe'
export const releaseHeader = 'X-Muelle-Release'
export const serverHeader = 'X-Muelle-Server'

/** The folder of the links that say where traffic goes. */
export const links = `${paths.config}/live`

/** The name of the socket of a release's arm, and of the link to it. */
export function armName(app: string, release: number): string {
  return `${app}-r${release}.sock`
}

/** A link to the link of one arm. */
export function liveName(app: string): string {
  return `${app}.sock`
}

/** nginx variable names have no dashes; `my-app` and `my_app` must stay apart. */
export function variable(id: string): string {
  return id.replaceAll(/[^a-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}`)
}
