import { type App, backingServices, type Service } from '../app/app.ts'
import { isProxyImage } from '../app/own-proxy.ts'
import type { Order } from '../gateway/config/renewal.ts'
import type { Secret } from '../secrets/secret.ts'

/** What is known of an app when it leaves: the model of its live release, and what Muelle did for it. */
export interface Ejection {
  app: App
  environment: string
  release: number
  /** Of the live release, by service; the model may say otherwise since someone scaled it. */
  replicas: Readonly<Record<string, number>>
  /** Ports of the gateway, on which the nginx of the folder listens too. */
  ports: { http: number; https: number }
  images: { gateway: string; certbot: string }
  /** Key and chain as one text; none where only http is served. */
  certificate: { pem: string; order: Order | undefined } | undefined
  /** The directory of another authority than Let's Encrypt. */
  acmeServer: string | undefined
  /** What Muelle holds of the app, by name. */
  secrets: ReadonlyMap<string, Secret>
}

export interface EjectedFile {
  /** Below the folder, with slashes. */
  path: string
  text: string
  mode: number
}

/** Names in the folder that are not the user's; the first of each that the file leaves free. */
export interface FrontNames {
  nginx: string
  certbot: string
  /** The network between nginx and the web service. */
  edge: string
  challenges: string
  letsencrypt: string
}

/** File of key and chain, below `tls`. */
export function certificateFile({ app }: Pick<Ejection, 'app'>): string {
  return `${app.name}.pem`
}

/** Services that go along: certbot of the file did not run, and the folder has its own. */
export function keptServices(app: App): Service[] {
  return app.services.filter(({ role }) => role !== 'replaced')
}

/**
 * Whether visitors need an nginx that the file has not. A proxy of the file's own is enough where the gateway did
 * nothing for it but pass requests on.
 */
export function needsFront({ app, certificate }: Pick<Ejection, 'app' | 'certificate'>): boolean {
  const { settings, web } = app
  const { image = '', ports = [] } = app.file.services[web.service] ?? {}
  const isProxy = web.isProxy === true || isProxyImage(image)
  const hasProxy = isProxy && ports.some(({ published }) => published !== undefined)
  const servesMore = [settings.paths, settings.headers].some((rules) => Object.keys(rules).length > 0)
  return !hasProxy || certificate !== undefined || app.files.length > 0 || servesMore
}

export function frontNames(app: App): FrontNames {
  const { networks = {}, volumes = {} } = app.file
  const kept = Object.fromEntries(keptServices(app).map((service) => [service.name, service]))
  const free = (taken: object, ...wanted: string[]): string =>
    wanted.find((name) => !(name in taken)) ?? `${wanted[0]}-front`
  return {
    nginx: free(kept, 'nginx', 'front'),
    certbot: free(kept, 'certbot', 'renewal'),
    edge: free(networks, 'edge', 'front'),
    challenges: free(volumes, 'challenges', 'acme-challenges'),
    letsencrypt: free(volumes, 'letsencrypt', 'acme-state'),
  }
}

/** How many containers of a service ran in the live release. */
export function replicasOf(service: Service, { replicas }: Pick<Ejection, 'replicas'>): number {
  return service.role === 'singleton' ? 1 : (replicas[service.name] ?? service.replicas)
}

/** Compose would take a dollar sign for a variable. */
export function escapeDollar(text: string): string {
  return text.replaceAll('$', '$$$$')
}

export function isBacking(app: App, name: string): boolean {
  return backingServices(app).some((service) => service.name === name)
}
