import { setTimeout as sleep } from 'node:timers/promises'
import type { Run } from '../../support/host.ts'
import type { World } from '../world.ts'
import type { Fault } from './fault.ts'

interface Outcome {
  /** What was not as expected. */
  wrong: string[]
  /** How long the way back took, from the failure to the end; undefined when nothing was taken back. */
  backMs: number | undefined
}

/** Lets one fault strike a deployment of `new` over a live `old`, and leaves a live `old` behind. */
export async function inject(fault: Fault, world: World): Promise<Outcome> {
  await world.write('new', fault.change)
  await fault.before?.(world)
  const { result, load } = await world.load(() => run(fault, world), fault.visitors)
  await fault.after?.(world)
  if (fault.outlasts === true) await world.succeed('recover')
  const wrong = [...lookAtRun(fault, result), ...(await lookAtRest(fault, world))]
  if (fault.loses !== true && load.report.lost > 0) wrong.push(`${load.report.lost} lost`)
  if (fault.expected.serves === 'new' || wrong.length > 0) await repair(world)
  return { wrong, backMs: backMs(result) }
}

export async function repair(world: World): Promise<void> {
  await world.write('old')
  await world.succeed('up', world.project.directory)
}

async function run({ during, env = {} }: Fault, world: World): Promise<Run> {
  const { host, project } = world
  const running = host.startWith(env, 'up', project.directory)
  let told = ''
  let acted: Promise<void> | undefined
  running.stderr.on('data', (chunk) => {
    told += String(chunk)
    if (acted !== undefined || during?.after.test(told) !== true) return
    const act = () => during.act(world, running)
    acted = during.halted === true ? whileHalted(running, act) : act()
    // Told below, once the command has ended.
    acted.catch(() => undefined)
  })
  const { exitCode, stdout, stderr } = await running
  await acted
  return { exitCode, stdout, stderr }
}

async function whileHalted(
  running: { kill(signal: NodeJS.Signals): void },
  act: () => Promise<void>,
): Promise<void> {
  running.kill('SIGSTOP')
  await act().finally(() => running.kill('SIGCONT'))
}

function lookAtRun({ during, expected }: Fault, { exitCode, stderr }: Run): string[] {
  const lastLines = stderr.trim().split('\n').slice(-4).join(' | ')
  const isStopped = expected.exitCode === 0 || expected.exitCode === 130
  return [
    ...(exitCode === expected.exitCode ? [] : [`exit code ${exitCode}: ${lastLines}`]),
    ...(isStopped || /\n {2}→ /.test(stderr) ? [] : ['no next command']),
    ...(during === undefined || during.after.test(stderr) ? [] : ['nothing happened to it']),
  ]
}

async function lookAtRest({ expected, loses }: Fault, world: World): Promise<string[]> {
  let page = await ask(world)
  // What Docker restarts by itself may take a moment longer than the command.
  for (let attempt = 0; loses === true && page === '' && attempt < 100; attempt++) {
    await sleep(200)
    page = await ask(world)
  }
  const isServing = page.startsWith(`${expected.serves} `)
  return [...(isServing ? [] : [`serves ${page.slice(0, 40)}`]), ...(await world.faults())]
}

/** @returns nothing when there is no answer */
async function ask({ host, project }: World): Promise<string> {
  const answer = await host.get(project.domain).catch(() => undefined)
  return answer?.status === 200 ? answer.body : ''
}

/** From the line that tells of the failure to the last line, by their times. */
function backMs({ stderr }: Run): number | undefined {
  const lines = stderr.split('\n')
  const failed = lines.findIndex((line) => /: failed, /.test(line))
  const times = lines.slice(failed).flatMap((line) => /^\d{4}-\S+Z/.exec(line)?.[0] ?? [])
  const [from, to] = [times[0], times.at(-1)]
  return failed === -1 || from === undefined || to === undefined
    ? undefined
    : Date.parse(to) - Date.parse(from)
}
