import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { progress, runBench } from '../../bench/run.ts'
import { fromGithub, pushOf } from '../support/agent.ts'
import { type TrackedProject, trackProject } from '../support/project-repository.ts'
import { seededRandom } from '../support/random.ts'
import { createAgent, type RunningAgent, setWebhookSecret } from '../support/running-agent.ts'
import { createWorld, type World } from './world.ts'

/**
 * Kills the agent, and at times the deployment with it, at random moments of deployments that pushes have asked for,
 * under load. Converged: the job of the delivery has ended well and deployed once, or a newer one took its place, or the
 * commit was there already because another job deployed the head of the branch later than the push; and the app is whole. Lost: requests of visitors.
 */
const { values } = parseArgs({
  options: {
    deliveries: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
})

/** Milliseconds after a delivery in which a kill may come: longer than most deployments take. */
const spanMs = 8000

interface Scene {
  world: World
  repository: TrackedProject
  agent: RunningAgent
  secret: string
}

await runBench(async (interrupted) => {
  await using world = await createWorld()
  const works: (() => Promise<void>)[] = []
  const cleanup = { after: (work: () => Promise<void>) => void works.push(work) }
  try {
    const { host, project } = world
    const repository = await trackProject(cleanup, { ...project, write: world.write })
    await repository.push('first')
    await world.succeed('up', project.directory)
    const secret = await setWebhookSecret(host, project.name)
    const agent = await createAgent(cleanup, host)
    await agent.start()
    return await measure({ world, repository, agent, secret }, interrupted)
  } finally {
    for (const work of works.reverse()) await work()
  }
})

async function measure(scene: Scene, interrupted: AbortSignal) {
  const { world, agent } = scene
  const name = world.project.name
  const draw = seededRandom(Number(values.seed))
  const { result: deliveries, load } = await world.load(async () => {
    const jobs: number[] = []
    for (let count = 1; count <= Number(values.deliveries); count++) {
      interrupted.throwIfAborted()
      jobs.push(await deliver(`v${count}`, scene))
      await strike(draw, scene, jobs)
    }
    await agent.settled(name)
    return jobs
  })
  const faults = [...(await world.faults()), ...(await wrongVersion(scene))]
  for (const fault of faults) progress(fault)
  const judged = await Promise.all(deliveries.map((job) => converged(job, scene)))
  for (const loss of load.report.losses) progress(`lost: ${JSON.stringify(loss)}`)
  const result = {
    cases: deliveries.length,
    converged: faults.length === 0 ? judged.filter(Boolean).length : 0,
    lost: load.report.lost,
  }
  return { result, passed: result.cases > 0 && result.converged === result.cases && result.lost === 0 }
}

async function deliver(version: string, { world, repository, agent, secret }: Scene): Promise<number> {
  const after = await repository.push(version)
  const { status, job } = await agent.deliver(world.project.name, fromGithub(pushOf({ after }), { secret }))
  if (status !== 202) throw new Error(`a delivery was answered ${status}`)
  return job
}

/** Of two deliveries one comes while another is carried out; each third kill takes the deployment too. */
async function strike(draw: () => number, { agent }: Scene, jobs: readonly number[]): Promise<void> {
  const job = jobs.at(-1) ?? 0
  await sleep(draw() * spanMs)
  const takesDeployment = draw() < 1 / 3
  const { state, runner } = await agent.job(job)
  await agent.end('SIGKILL')
  if (takesDeployment && state === 'running') kill(Number(runner.split(':')[0]))
  progress(
    `job ${job} was ${state}: killed the agent${takesDeployment && state === 'running' ? ' and the deployment' : ''}`,
  )
  await agent.start()
}

/** It may have ended meanwhile. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function converged(id: number, { world, agent }: Scene): Promise<boolean> {
  const { state, error, attempt, createdAt } = await agent.job(id)
  const all = await agent.deployments(world.project.name)
  const own = all.filter(({ job }) => job === id)
  const succeeded = own.filter(({ outcome }) => outcome === 'succeeded').length
  const isIncluded = all.some(({ outcome, startedAt }) => outcome === 'succeeded' && startedAt > createdAt)
  const hasDeployed = succeeded === 1 || (succeeded === 0 && isIncluded)
  const isGood = state === 'superseded' ? own.length === 0 : state === 'succeeded' && hasDeployed
  if (!isGood)
    progress(`job ${id}: ${state} after ${attempt} attempts, deployed ${succeeded} times; ${error?.message}`)
  return isGood
}

async function wrongVersion({ world }: Scene): Promise<string[]> {
  const { body } = await world.host.get(world.project.domain)
  return body.startsWith(`v${values.deliveries} `) ? [] : [`visitors see ${body}, not the last push`]
}
