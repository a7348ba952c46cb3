import type { Command } from '../app/schema.ts'
import type { ImageGroup } from '../release/render.ts'

/**
 * A step of a deployment: plain data that says what is to become true. What it does, how it is observed to be
 * done and how it is taken back is in `operations/`.
 */
export type Step =
  /** Every image that is not built here is present. */
  | { kind: 'images'; references: readonly string[] }
  | { kind: 'build'; groups: readonly ImageGroup[] }
  /** The release has a number, pinned images and a rendered Compose file. */
  | { kind: 'record'; release: number; groups: readonly ImageGroup[] }
  /** Networks, volumes and backing services exist, and the services answer their health checks. */
  | { kind: 'backing'; services: readonly string[]; groups: readonly ImageGroup[] }
  | { kind: 'command'; release: number; index: number; command: Command }
  /** The containers of the release exist, and wait. Done while the release commands run. */
  | { kind: 'create'; release: number; services: readonly string[] }
  | { kind: 'start'; release: number; services: readonly string[] }
  /** Every web replica answers with the real host name. */
  | { kind: 'ready'; release: number; replicas: number; timeoutMs: number }
  /** The gateway can reach the releases; traffic stays where it is. */
  | { kind: 'stage'; release: number; arms: readonly number[] }
  | { kind: 'switch'; release: number; from: number | undefined }
  | { kind: 'stop'; release: number; services: readonly string[] }
  | { kind: 'activate'; release: number }
  | { kind: 'retire'; releases: readonly number[] }
  | { kind: 'prune'; releases: readonly number[] }

/** What the journal says of a step. */
export type JournalPhase = 'started' | 'done' | 'failed' | 'undone'

export type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>

/** What a person reads in `muelle plan` and while it runs. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'images':
      return `Have the images ${step.references.join(', ')}`
    case 'build':
      return `Build ${step.groups.map((group) => group.tag).join(', ')}`
    case 'record':
      return `Record release ${step.release}`
    case 'backing':
      return step.services.length === 0
        ? 'Have the networks and volumes'
        : `Have ${step.services.join(', ')} running and healthy`
    case 'command':
      return `Run ${[step.command].flat().join(' ')}`
    case 'create':
      return `Create the containers of release ${step.release}`
    case 'start':
      return `Start ${step.services.join(', ')} of release ${step.release}`
    case 'ready':
      return `Wait until ${step.replicas === 1 ? 'the replica answers' : `all ${step.replicas} replicas answer`}`
    case 'stage':
      return `Show release ${step.release} to the gateway`
    case 'switch':
      return `Switch all traffic to release ${step.release}`
    case 'stop':
      return `Stop ${step.services.join(', ')} of release ${step.release}`
    case 'activate':
      return `Release ${step.release} is the live one`
    case 'retire':
      return `Retire release ${step.releases.join(', ')}`
    case 'prune':
      return `Forget release ${step.releases.join(', ')}`
  }
}
