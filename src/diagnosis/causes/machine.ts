import { lineRule, type Rule } from '../cause.ts'

/** What the machine has too little of, or keeps back. */
export const machineRules: readonly Rule[] = [
  {
    id: 'out-of-memory',
    meaning: 'The kernel ended a program of the container because it used more memory than it may.',
    recognise: ({ container, service }) => {
      if (container?.outOfMemory !== true) return undefined
      if (container.memoryLimit === undefined) {
        return {
          text: `${container.name} was ended because the machine ran out of memory; the container has no limit of its own.`,
          next: 'See who uses it:  docker stats --no-stream   and give the machine more, or swap.',
        }
      }
      const limit = Math.round(container.memoryLimit / 2 ** 20)
      return {
        text: `${container.name} used more memory than its limit of ${limit} MiB, and was ended.`,
        next: `Raise it:  services: {${service ?? 'web'}: {deploy: {resources: {limits: {memory: ${limit * 2}M}}}}}   (where the file says mem_limit, that)`,
      }
    },
  },
  {
    id: 'port-in-use',
    meaning: 'Another program or container of this machine listens on the port.',
    recognise: ({ portHolder }) =>
      portHolder && {
        text: `${portHolder.holder} listens on port ${portHolder.port}.`,
        next: 'Stop it, or choose another port, and run the same command again.',
      },
  },
  lineRule(
    {
      id: 'address-pools-exhausted',
      meaning: 'Docker has no addresses left for one more network.',
      pattern: /non-overlapping IPv4 address pool|all predefined address pools have been fully subnetted/,
    },
    (_, { networks }) => ({
      text: `Docker has no addresses left for one more network${networks === undefined ? '' : `; there are ${networks}`}.`,
      next: 'See them:  docker network ls   Remove those that nothing uses, if they are not needed:  docker network prune   More room: "default-address-pools" in /etc/docker/daemon.json',
    }),
  ),
  lineRule(
    {
      id: 'shared-memory-full',
      meaning: 'PostgreSQL found no room in the shared memory of its container.',
      pattern: /could not resize shared memory segment .*No space left on device/,
    },
    () => ({
      text: 'PostgreSQL found no room in /dev/shm, which has 64 MB unless the file says more.',
      next: 'Give its service  shm_size: 256m',
    }),
  ),
  lineRule(
    {
      id: 'disk-full',
      meaning: 'A write found no room left.',
      pattern: /no space left on device|ENOSPC/i,
    },
    () => ({
      text: 'A write found no room left on the device.',
      next: 'See what takes the room:  docker system df   df -h',
    }),
  ),
]
