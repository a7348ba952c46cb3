import type { ComposeFile } from '../../../src/app/compose.ts'
import { MuelleError } from '../../../src/errors/muelle-error.ts'
import { labels } from '../../../src/release/names.ts'
import { type Random, seededRandom } from '../../support/random.ts'
import { SimGateway } from './gateway.ts'
import { type Fault, type FaultKind, healthy, type ReleaseTraits } from './schedule.ts'

/** A container of the simulated engine. */
export interface SimContainer {
  id: string
  name: string
  project: string
  /** Key in its Compose file. */
  key: string
  labels: Readonly<Record<string, string>>
  running: boolean
  startedAt: number
  /** When it answers, once it was started. */
  readyAt: number
}

/** Muelle is dead: nothing that it still tries has an effect. */
class Killed extends Error {
  override readonly name = 'Killed'
}

const restartMs = 3000
/** A canary that is judged for as long as it may takes some thousands. */
const callsAtMost = 30_000
const diskFullMs = 20_000

/**
 * Everything outside Muelle, simulated: a clock, an engine's state, a gateway's state, files, and what goes wrong.
 * Deterministic: the same schedule gives the same story. Every call that Muelle makes goes through `call`.
 */
export class World {
  readonly random: Random
  now = 0
  isDead = false
  stop = new AbortController()

  readonly containers = new Map<string, SimContainer>()
  readonly networks = new Set<string>()
  readonly volumes = new Set<string>()
  readonly images = new Map<string, string>()
  readonly files = new Map<string, unknown>()
  readonly gateway = new SimGateway()
  readonly traits = new Map<number, ReleaseTraits>()
  readonly violations: string[] = []

  #calls = 0
  #ids = 0
  #faults: readonly Fault[] = []
  /** Effects that come although Muelle is dead: commands that it has started. */
  #leftBehind: { at: number; effect: () => void }[] = []
  #engineBackAt = 0
  #diskBackAt = 0
  /** Until then a container may be missing through no fault of Muelle's. */
  #disturbedUntil = 0
  /** Docker was killed, and what it ran is not there again yet. */
  #isDown = false

  /** A seeded bug: the engine removes whatever is in a project, also what is not Muelle's. */
  readonly ignoresLabels: boolean

  constructor(seed: number, { ignoresLabels = false }: { ignoresLabels?: boolean } = {}) {
    this.random = seededRandom(seed)
    this.ignoresLabels = ignoresLabels
  }

  begin(faults: readonly Fault[]): void {
    this.#calls = 0
    this.#faults = faults
    this.isDead = false
    this.stop = new AbortController()
  }

  /**
   * One call of Muelle: time passes, something may go wrong, the effect happens, and the invariants are looked at.
   * `kind` says what can fail: reading a clock or a local file does not, for instance.
   */
  call<T>(
    kind: 'engine' | 'disk' | 'local',
    effect: () => T,
    options: { takesMs?: number; outlives?: boolean } = {},
  ): T {
    if (this.isDead) throw new Killed()
    this.#calls++
    if (this.#calls > callsAtMost) this.#giveUpWaiting()
    this.pass((options.takesMs ?? 5) * (0.5 + this.random()))
    const struck = this.#faults.filter(({ at }) => at === this.#calls).map((fault) => fault.kind)
    this.#strike(struck)
    if (struck.includes('crash')) this.#crash(options.outlives === true ? effect : undefined)
    const refusal = kind === 'local' ? undefined : this.#refusal(kind, struck)
    if (refusal !== undefined) throw failure(refusal)
    const result = effect()
    this.look()
    if (kind !== 'local' && struck.includes('lost-reply')) throw failure('connection reset')
    return result
  }

  #giveUpWaiting(): never {
    this.violate('a command does not come to an end')
    this.isDead = true
    throw new Killed()
  }

  #strike(struck: readonly FaultKind[]): void {
    if (struck.includes('engine-restart')) this.#restartEngine()
    if (struck.includes('engine-dies')) this.#killEngine()
    if (struck.includes('container-dies')) this.#killContainer()
    if (struck.includes('disk-full')) this.#diskBackAt = this.now + diskFullMs
    if (struck.includes('stop')) this.stop.abort()
  }

  #refusal(kind: 'engine' | 'disk', struck: readonly FaultKind[]): string | undefined {
    if (struck.includes('fail')) return 'the engine failed'
    if (this.now < this.#engineBackAt) return 'the engine does not answer'
    return kind === 'disk' && this.now < this.#diskBackAt ? 'no space left on device' : undefined
  }

  /** Whether an earlier fault still lasts. */
  get isTroubled(): boolean {
    return this.#isDown || this.now < Math.max(this.#engineBackAt, this.#diskBackAt, this.#disturbedUntil)
  }

  pass(ms: number): void {
    this.now += ms
    const due = this.#leftBehind.filter(({ at }) => at <= this.now)
    this.#leftBehind = this.#leftBehind.filter(({ at }) => at > this.now)
    for (const { effect } of due) effect()
  }

  endLeftBehind(): void {
    this.#leftBehind = []
  }

  newId(): string {
    this.#ids++
    return `c${this.#ids}`
  }

  isReady(container: SimContainer): boolean {
    return container.running && this.now >= container.readyAt
  }

  /** A worker or a scheduler that does not go on running has ended by the next look. */
  startContainer(container: SimContainer): void {
    if (container.running) return
    const { boots, bootMs, workersRun } = this.traits.get(releaseOf(container) ?? 0) ?? healthy
    const isWorker = ['worker', 'singleton'].includes(container.labels[labels.role] ?? '')
    container.running = workersRun || !isWorker
    container.startedAt = this.now
    container.readyAt = boots ? this.now + bootMs : Number.POSITIVE_INFINITY
  }

  stopContainer(container: SimContainer): void {
    container.running = false
  }

  /** Of the release that is live. */
  get liveTraits(): ReleaseTraits | undefined {
    return this.traits.get(this.gateway.live ?? 0)
  }

  flip(live: number | undefined): void {
    this.gateway.live = live
  }

  web(release: number | undefined): SimContainer[] {
    return this.with('web').filter((container) => releaseOf(container) === release)
  }

  with(role: string): SimContainer[] {
    return [...this.containers.values()].filter((container) => container.labels[labels.role] === role)
  }

  violate(what: string): void {
    this.violations.push(`${Math.round(this.now)} ms: ${what}`)
  }

  /** The invariants that hold at every moment. */
  look(): void {
    const running = this.with('singleton').filter((container) => container.running)
    if (running.length > 1)
      this.violate(`a singleton runs twice: ${running.map(({ name }) => name).join(', ')}`)
    const { live, share } = this.gateway
    if (this.#looksDown() || live === undefined || this.now < this.#disturbedUntil) return
    for (const release of new Set([live, share?.release ?? live])) {
      const servers = [...this.gateway.serversOf(release).keys()]
      if (this.ready(release) === 0)
        this.violate(`traffic goes to release ${release}, which has no ready container`)
      if (!servers.some((name) => this.gateway.knows(release, name, this.now)))
        this.violate(`traffic goes to release ${release} before nginx knows where it is`)
      const stopped = servers.filter((name) => this.containers.get(name)?.running !== true)
      if (stopped.length > 0) this.violate(`traffic goes to ${stopped.join(' and ')}, which stands still`)
    }
  }

  /** One of the servers that nginx would send a request to, if there is any. */
  reach(release: number): string | undefined {
    const reached = this.web(release).filter(({ name }) => this.gateway.knows(release, name, this.now))
    const answering = reached.filter((each) => this.isReady(each))
    return answering[Math.floor(this.random() * answering.length)]?.name
  }

  /** Web containers of a release that answer and that the gateway reaches. */
  ready(release: number): number {
    const servers = this.gateway.serversOf(release)
    return this.web(release).filter((each) => servers.has(each.name) && this.isReady(each)).length
  }

  #crash(effect: (() => unknown) | undefined): never {
    this.isDead = true
    if (effect !== undefined && this.random() < 0.5) {
      this.#leftBehind.push({ at: this.now + this.random() * 5000, effect: () => void effect() })
    }
    throw new Killed()
  }

  #restartEngine(): void {
    this.#engineBackAt = this.now + restartMs
    if (this.random() < 0.5) this.gateway.isUp = false
    for (const container of this.containers.values()) {
      if (!container.running) continue
      container.running = false
      this.startContainer(container)
      container.readyAt += restartMs
      this.#disturbedUntil = Math.max(this.#disturbedUntil, container.readyAt)
    }
    if (!Number.isFinite(this.#disturbedUntil)) this.#disturbedUntil = this.now + 60_000
  }

  /** Until Muelle starts what is left down, nothing else does. */
  #killEngine(): void {
    this.#engineBackAt = this.now + restartMs
    this.gateway.isUp = false
    this.#isDown = true
    for (const container of this.containers.values()) container.running = container.id === 'foreign'
  }

  /** Nothing is expected of what Docker left down until Muelle has had it start again. */
  #looksDown(): boolean {
    const { live, isUp, share } = this.gateway
    const served = live === undefined ? [] : [live, share?.release ?? live]
    const isBack = served.every((release) => this.ready(release) === this.gateway.serversOf(release).size)
    if (isUp && isBack) this.#isDown = false
    return this.#isDown
  }

  #killContainer(): void {
    const [victim] = this.web(this.gateway.live).filter((container) => container.running)
    if (victim === undefined) return
    victim.running = false
    this.startContainer(victim)
    this.#disturbedUntil = Math.max(this.#disturbedUntil, this.now + 5000)
  }
}

export function releaseOf(container: SimContainer): number | undefined {
  const release = container.labels[labels.release]
  return release === undefined ? undefined : Number(release)
}

/** The rendered file of a project, as Muelle wrote it. */
export function fileOf(world: World, path: string): ComposeFile {
  const file = world.files.get(path)
  if (file === undefined) throw failure(`no configuration file ${path}`)
  return file as ComposeFile
}

function failure(line: string): MuelleError {
  return new MuelleError('DOCKER_COMMAND_FAILED', 'docker ended with exit code 1.', { log: [line] })
}
