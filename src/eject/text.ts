import { stringify } from 'yaml'
import type { PlainCompose } from './compose.ts'

/** A Compose file for people, with what they will ask about it as comments. */
export function composeText(file: PlainCompose, release: number): string {
  const { name, services, networks, volumes, configs, secrets } = file
  const data = Object.values(volumes).some((volume) => 'external' in volume)
  const parts = [
    `# ${name} without Muelle, as its release ${release} ran. README.md says how to use it.\n${yaml({ name })}`,
    yaml({ services }),
    isEmpty(networks) ? '' : yaml({ networks }),
    isEmpty(volumes) ? '' : `${data ? aboutVolumes : ''}${yaml({ volumes })}`,
    isEmpty(configs) ? '' : yaml({ configs }),
    isEmpty(secrets) ? '' : yaml({ secrets }),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

const aboutVolumes = `# The data of this machine, under the names that it has there. "external" keeps Compose from making empty ones by
# mistake, and from removing them. On another machine bring the data first, as README.md says.
`

function yaml(part: object): string {
  return stringify(part, { aliasDuplicateObjects: false, lineWidth: 0 })
}

function isEmpty(part: object): boolean {
  return Object.keys(part).length === 0
}
