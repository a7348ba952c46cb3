import { type Random, seededRandom } from '../../support/random.ts'

/** One simulated story: what people do, and what goes wrong meanwhile. Plain data, so that it replays and shrinks. */
export interface Schedule {
  seed: number
  strategy: Strategy
  commands: readonly Command[]
}

export const strategies = ['blue-green', 'rolling', 'canary'] as const
export type Strategy = (typeof strategies)[number]

export interface Command {
  does: Deed
  faults: readonly Fault[]
}

/** What a person types. */
export type Deed =
  | { kind: 'up'; release: ReleaseTraits }
  /** To the release before, or to the oldest that is kept. */
  | { kind: 'rollback'; to: 'before' | 'oldest' }
  /** Of one service, or of all of the release. */
  | { kind: 'restart'; service: string | undefined }
  | { kind: 'scale'; service: 'web' | 'worker'; replicas: number }
  | { kind: 'maintenance'; on: boolean }

/** What a new release is like. */
export interface ReleaseTraits {
  boots: boolean
  buildWorks: boolean
  releaseCommandWorks: boolean
  /** Its worker and its scheduler go on running. */
  workersRun: boolean
  bootMs: number
  /** Share of its answers that are errors. */
  errorRate: number
}

export const healthy: ReleaseTraits = {
  boots: true,
  buildWorks: true,
  releaseCommandWorks: true,
  workersRun: true,
  bootMs: 500,
  errorRate: 0,
}

export interface Fault {
  /** The how-manieth call from Muelle to the world it strikes, counted within the command. */
  at: number
  kind: FaultKind
}

export const faultKinds = [
  /** Muelle ends as by SIGKILL; what it has started goes on for a while. */
  'crash',
  /** The call has no effect and fails. */
  'fail',
  /** The call has its effect, but its answer never arrives. */
  'lost-reply',
  /** Docker restarts: containers with a restart policy come back, calls fail meanwhile. */
  'engine-restart',
  /** Docker is killed: what has `unless-stopped` stays down. */
  'engine-dies',
  /** A container of the live release dies and is started again by its restart policy. */
  'container-dies',
  /** No room for images, files or containers, for some time. */
  'disk-full',
  /** Ctrl-C. */
  'stop',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** Most deployments make fewer calls, but a canary many more; a fault beyond the last one does not strike. */
const callsOf: Readonly<Record<Deed['kind'], readonly number[]>> = {
  up: [180, 600],
  rollback: [180, 600],
  restart: [40, 120, 600],
  scale: [40, 120],
  maintenance: [20],
}

export function generate(seed: number): Schedule {
  const random = seededRandom(seed)
  const commands = Array.from({ length: 2 + Math.floor(random() * 4) }, (_, index): Command => {
    const does = index === 0 ? anyUp(random) : anyDeed(random)
    const faults = Array.from({ length: Math.floor(random() * 4) }, () => ({
      at: 1 + Math.floor(random() * pick(callsOf[does.kind], random)),
      kind: pick(faultKinds, random),
    }))
    return { does, faults }
  })
  return { seed, strategy: pick(strategies, random), commands }
}

function anyDeed(random: Random): Deed {
  const dice = random()
  if (dice < 0.4) return anyUp(random)
  if (dice < 0.6) return { kind: 'rollback', to: pick(['before', 'oldest'], random) }
  if (dice < 0.7) {
    const service = pick([undefined, undefined, 'web', 'web', 'worker', 'beat', 'db'], random)
    return { kind: 'restart', service }
  }
  if (dice < 0.9) {
    return {
      kind: 'scale',
      service: pick(['web', 'web', 'worker'], random),
      replicas: pick([1, 2, 3, 4], random),
    }
  }
  return { kind: 'maintenance', on: random() < 0.6 }
}

function anyUp(random: Random): Deed {
  return {
    kind: 'up',
    release: {
      boots: random() > 0.1,
      buildWorks: random() > 0.05,
      releaseCommandWorks: random() > 0.05,
      workersRun: random() > 0.05,
      bootMs: Math.round(200 + random() * 3000),
      errorRate: random() < 0.15 ? 0.5 : 0,
    },
  }
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)] as T
}

/**
 * The smallest schedule that still fails: commands and faults are left out one by one, as long as it does.
 */
export async function shrink(
  schedule: Schedule,
  fails: (candidate: Schedule) => Promise<boolean>,
): Promise<Schedule> {
  let smallest = schedule
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false
    for (const candidate of smallerOnes(smallest)) {
      if (!(await fails(candidate))) continue
      smallest = candidate
      isSmaller = true
      break
    }
  }
  return smallest
}

function* smallerOnes({ commands, ...rest }: Schedule): Generator<Schedule> {
  for (const index of commands.keys()) yield { ...rest, commands: commands.toSpliced(index, 1) }
  for (const [index, command] of commands.entries()) {
    const replaced = (change: Partial<Command>): Schedule => ({
      ...rest,
      commands: commands.with(index, { ...command, ...change }),
    })
    for (const fault of command.faults.keys()) yield replaced({ faults: command.faults.toSpliced(fault, 1) })
    const { does } = command
    if (does.kind === 'up' && JSON.stringify(does.release) !== JSON.stringify(healthy))
      yield replaced({ does: { kind: 'up', release: healthy } })
  }
}
