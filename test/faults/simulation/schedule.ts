import { seededRandom } from '../../support/random.ts'

/** One simulated story: what people do, and what goes wrong meanwhile. Plain data, so that it replays and shrinks. */
export interface Schedule {
  seed: number
  strategy: Strategy
  commands: readonly Command[]
}

export const strategies = ['blue-green', 'rolling', 'canary'] as const
export type Strategy = (typeof strategies)[number]

export interface Command {
  kind: 'up' | 'rollback'
  release: ReleaseTraits
  faults: readonly Fault[]
}

/** What a new release is like; a rollback ignores it. */
export interface ReleaseTraits {
  boots: boolean
  buildWorks: boolean
  releaseCommandWorks: boolean
  bootMs: number
  /** Share of its answers that are errors. */
  errorRate: number
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
  /** A container of the live release dies and is started again by its restart policy. */
  'container-dies',
  /** No room for images, files or containers, for some time. */
  'disk-full',
  /** Ctrl-C. */
  'stop',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** Most deployments make fewer calls, but a canary many more; a fault beyond the last one does not strike. */
const callsOfDeployment = [180, 600]

export function generate(seed: number): Schedule {
  const random = seededRandom(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const commands = Array.from({ length: 2 + Math.floor(random() * 4) }, (_, index): Command => {
    const faults = Array.from({ length: Math.floor(random() * 4) }, () => ({
      at: 1 + Math.floor(random() * pick(callsOfDeployment)),
      kind: pick(faultKinds),
    }))
    return {
      kind: index > 0 && random() < 0.3 ? 'rollback' : 'up',
      release: {
        boots: random() > 0.1,
        buildWorks: random() > 0.05,
        releaseCommandWorks: random() > 0.05,
        bootMs: Math.round(200 + random() * 3000),
        errorRate: random() < 0.15 ? 0.5 : 0,
      },
      faults,
    }
  })
  return { seed, strategy: pick(strategies), commands }
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
    const plain: ReleaseTraits = {
      boots: true,
      buildWorks: true,
      releaseCommandWorks: true,
      bootMs: 500,
      errorRate: 0,
    }
    if (JSON.stringify(command.release) !== JSON.stringify(plain)) yield replaced({ release: plain })
  }
}
