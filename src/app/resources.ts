import type { Service } from './app.ts'

/** What containers take, or may take; undefined where nothing tells or limits it. */
export interface Resources {
  /** Bytes. */
  memory: number | undefined
  /** Processor cores, and parts of them. */
  cpus: number | undefined
}

/** Of each replica: `deploy.resources.limits`, or the older `mem_limit` and `cpus`. */
export function limitsOf({ definition }: Service): Resources {
  const { memory = definition.mem_limit, cpus = definition.cpus } = definition.deploy?.resources?.limits ?? {}
  return { memory: positive(memory), cpus: positive(cpus) }
}

/** Of each replica: `deploy.resources.reservations`, or the older `mem_reservation`. */
export function reservationsOf({ definition }: Service): Resources {
  const { memory = definition.mem_reservation, cpus } = definition.deploy?.resources?.reservations ?? {}
  return { memory: positive(memory), cpus: positive(cpus) }
}

/** Of all together. */
export function addUp(all: readonly Resources[]): Resources {
  const total = (key: keyof Resources): number | undefined =>
    all.reduce<number | undefined>((sum, { [key]: more }) => {
      return sum === undefined || more === undefined ? undefined : sum + more
    }, 0)
  return { memory: total('memory'), cpus: total('cpus') }
}

/** Compose prints sizes as bytes in a string, and takes 0 for no limit. */
function positive(value: string | number | undefined): number | undefined {
  const number = Number(value ?? 0)
  return number > 0 ? number : undefined
}
