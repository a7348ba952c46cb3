import type { Service } from '../app/app.ts'
import type { ComposePort, ComposeService } from '../app/compose.ts'
import type { Role } from '../app/schema.ts'
import type { Facts } from './facts.ts'
import { inCompose } from './place.ts'
import type { Finding } from './rule.ts'

/** What Muelle runs: certbot and its like are replaced. */
export function running({ app }: Facts): Service[] {
  return app.services.filter(({ role }) => role !== 'replaced')
}

/** What belongs to a release. Muelle takes its ports, its container name and its fixed addresses away. */
export function released(facts: Facts): Service[] {
  return running(facts).filter(({ role }) => role !== 'backing')
}

/** What goes on running after it was started. */
export function lasting(facts: Facts): Service[] {
  return running(facts).filter(({ role }) => role !== 'job')
}

export function withRole({ app }: Facts, ...roles: readonly Role[]): Service[] {
  return app.services.filter(({ role }) => roles.includes(role))
}

/** A finding for each service of which something is so. */
export function each(
  services: readonly Service[],
  look: (service: Service) => Finding | undefined,
): Finding[] {
  return services.flatMap((service) => look(service) ?? [])
}

/** The finding that a service lacks something which is one key of the file. */
export function lacking(
  facts: Facts,
  services: readonly Service[],
  { isThere, what, write }: { isThere: (definition: ComposeService) => boolean; what: string; write: string },
): Finding[] {
  return services
    .filter(({ definition }) => !isThere(definition))
    .map(({ name }) => ({ ...inCompose(facts, name), what: `${name} ${what}`, write }))
}

/** Ports that other machines reach. Docker opens them before a firewall such as ufw is asked. */
export function publicPorts(definition: ComposeService): ComposePort[] {
  return (definition.ports ?? []).filter(({ host_ip }) =>
    ['', '0.0.0.0', '::', '[::]'].includes(host_ip ?? ''),
  )
}

/** `8080:80` of a published port. */
export function writePort({ published, target }: ComposePort): string {
  return `${published ?? target}:${target}`
}

/** Variables of a service that have a value. */
export function environmentOf({ definition }: Service): [name: string, value: string][] {
  return Object.entries(definition.environment ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [[name, String(value)]],
  )
}
