import type { Command } from '../app/schema.ts'
import { type DataStep, describeDataStep, isDataStep } from '../backup/step.ts'
import type { Share } from '../gateway/config/model.ts'
import type { ImageGroup } from '../release/render.ts'
import type { Policy } from './canary/judge.ts'

/**
 * A step of a deployment: plain data that says what is to become true. What it does, how it is observed to be
 * done and how it is taken back is in `operations/`.
 */
export type Step =
  | DataStep
  /** Every image that is not built here is present. */
  | { kind: 'images'; references: readonly string[] }
  | { kind: 'build'; groups: readonly ImageGroup[] }
  /** The release has a number, pinned images and a rendered Compose file. */
  | { kind: 'record'; release: number; groups: readonly ImageGroup[] }
  /** The release has a number of its own, and the images and the commit of another, which may be of another app. */
  | { kind: 'copy'; release: number; from: number; app?: string }
  /** Every `test:` command ended with 0 in the new image, beside empty backing services that are gone again. */
  | { kind: 'test'; release: number; commands: readonly Command[] }
  /** Networks, volumes and backing services exist, and the services answer their health checks. */
  | { kind: 'backing'; services: readonly string[]; groups: readonly ImageGroup[] }
  | { kind: 'command'; release: number; index: number; command: Command }
  /** The containers of the release exist, and wait. Done while the release commands run. */
  | {
      kind: 'create'
      release: number
      services: readonly string[]
      replicas?: Readonly<Record<string, number>>
    }
  | { kind: 'start'; release: number; services: readonly string[] }
  /** As many replicas run as `to` says; `from` of them did before. */
  | { kind: 'grow'; release: number; service: string; from: number; to: number }
  /** The gateway no longer reaches the replicas beyond `to`, their requests have ended, and they are stopped. */
  | { kind: 'shrink'; release: number; from: number; to: number; reach: Reach; before: Reach }
  /** The oldest replicas of a service beyond `to` are gone; of a web service, once nothing reached them any more. */
  | {
      kind: 'renew'
      release: number
      service: string
      from: number
      to: number
      traffic?: { reach: Reach; before: Reach }
    }
  /** A backing service has stopped, runs again and answers its health check. */
  | { kind: 'cycle'; service: string }
  /** As many web replicas answer with the real host name. */
  | { kind: 'ready'; release: number; replicas: number; timeoutMs: number }
  /** The containers of the services go on running, or answer their health check. */
  | { kind: 'steady'; release: number; services: readonly string[]; timeoutMs: number }
  /** Of the first `replicas` web replicas, no more than `tolerated` fail meanwhile, or have failed. */
  | { kind: 'monitor'; release: number; replicas: number; forMs: number; tolerated: number }
  /** The gateway can reach this much; but for a share, traffic stays where it is. */
  | { kind: 'stage'; release: number; reach: Reach; before: Reach }
  /** The release under trial does as well as the live one, for its share of the visitors and for probes. */
  | { kind: 'judge'; release: number; from: number; policy: Policy }
  | { kind: 'switch'; release: number; from: number | undefined }
  /** The paths answer below 400 from the release, through the gateway. */
  | { kind: 'smoke'; release: number; paths: readonly string[] }
  /** The replicas of a service beyond the first `to` are gone; there were `from`. */
  | { kind: 'trim'; release: number; service: string; from: number; to: number }
  /** The release is on record with this many replicas of a service. */
  | { kind: 'resize'; release: number; service: string; from: number; to: number }
  /** Visitors get the maintenance page, or the app again; `was` is what they got before. */
  | { kind: 'maintenance'; release: number; on: boolean; was: boolean; reach: Reach }
  | { kind: 'stop'; release: number; services: readonly string[] }
  /** The release goes on answering, with no more errors than the one before had. */
  | { kind: 'watch'; release: number; from: number | undefined; forMs: number }
  | { kind: 'pause'; forMs: number }
  /** The authority has given the certificate for the app's host names, or people know why it has not. */
  | { kind: 'certificate'; release: number }
  | { kind: 'activate'; release: number }
  | { kind: 'retire'; releases: readonly number[] }
  | { kind: 'prune'; releases: readonly number[] }
  /** The engine's build cache takes no more than this. */
  | { kind: 'cache'; keepBytes: number }

/** A release that has containers, with what of it runs. */
export interface StandingRelease {
  number: number
  /** Web replicas that run. */
  webs: number
  workers: readonly string[]
  singletons: readonly string[]
}

/** What the gateway can reach of an app. */
export interface Reach {
  /** Releases, in ascending order, so that a way back to one that is shown already needs no reload. */
  arms: readonly number[]
  /** How many web replicas of a release; without, all of them. */
  replicas?: Readonly<Record<number, number>>
  /** How many of a release's web replicas are passed over, the oldest first. */
  skip?: Readonly<Record<number, number>>
  share?: Share
}

/** What the journal says of a step. */
export type JournalPhase = 'started' | 'done' | 'failed' | 'undone'

export type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>

/** What a person reads in `muelle plan` and while it runs. */
export function describeStep(step: Step): string {
  if (isDataStep(step)) return describeDataStep(step)
  switch (step.kind) {
    case 'images':
      return `Have the images ${step.references.join(', ')}`
    case 'build':
      return `Build ${step.groups.map((group) => group.tag).join(', ')}`
    case 'record':
      return `Record release ${step.release}`
    case 'copy':
      return step.app === undefined
        ? `Record release ${step.release}, the same as release ${step.from}`
        : `Record release ${step.release} with the images of ${step.app} release ${step.from}`
    case 'test':
      return `Test: ${step.commands.map((command) => [command].flat().join(' ')).join(', ')}`
    case 'smoke':
      return `Ask for ${step.paths.join(', ')}`
    case 'maintenance':
      return step.on ? 'Show visitors the maintenance page' : 'Let visitors in'
    case 'trim':
      return `Keep ${counted(step.to, 'replica')} of ${step.service}`
    case 'resize':
      return `Record ${counted(step.to, 'replica')} of ${step.service}`
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
    case 'grow':
      return `Start ${counted(step.to - step.from, 'replica')} of ${step.service} of release ${step.release}`
    case 'shrink':
      return `Drain and stop ${counted(step.from - step.to, 'web replica')} of release ${step.release}`
    case 'renew':
      return `End the oldest of ${counted(step.from, 'replica')} of ${step.service}, so that ${step.to} stay`
    case 'cycle':
      return `Restart ${step.service}`
    case 'judge':
      return `Judge release ${step.release} beside release ${step.from}`
    case 'watch':
      return `Watch release ${step.release} for ${step.forMs / 1000} s`
    case 'monitor':
      return `Watch ${counted(step.replicas, 'replica')} of release ${step.release} for ${step.forMs / 1000} s`
    case 'pause':
      return `Wait ${step.forMs / 1000} s`
    case 'ready':
      return `Wait until ${step.replicas === 1 ? 'the replica answers' : `all ${step.replicas} replicas answer`}`
    case 'steady':
      return `Wait until ${step.services.join(', ')} of release ${step.release} goes on running`
    case 'stage':
      return step.reach.share === undefined
        ? `Show release ${step.release} to the gateway`
        : `Send ${step.reach.share.percent}% of the visitors to release ${step.reach.share.release}`
    case 'switch':
      return `Switch all traffic to release ${step.release}`
    case 'stop':
      return `Stop ${step.services.join(', ')} of release ${step.release}`
    case 'certificate':
      return 'Have a certificate that browsers trust'
    case 'activate':
      return `Release ${step.release} is the live one`
    case 'retire':
      return `Retire release ${step.releases.join(', ')}`
    case 'cache':
      return `Keep at most ${step.keepBytes / 1_000_000} MB of build cache`
    case 'prune':
      return `Forget release ${step.releases.join(', ')}`
  }
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
