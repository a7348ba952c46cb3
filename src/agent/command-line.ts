import { main } from '../root.ts'
import type { Entrance } from './entrance.ts'

/** Megabytes. With V8's usual 16 an idle agent keeps some 10 MB of what it needs no more. */
const youngHeapOption = '--max-semi-space-size=1'

/** Pure: the argument array that runs the agent, in little memory: it stays while the apps do the work. */
export function agentCommand({
  port,
  entrance,
}: {
  port: number | undefined
  entrance: Entrance | undefined
}): string[] {
  const options = [
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(entrance === undefined ? [] : ['--domain', entrance.domain]),
    ...(entrance?.email === undefined ? [] : ['--email', entrance.email]),
  ]
  const node = ['--disable-warning=ExperimentalWarning', youngHeapOption]
  return [process.execPath, ...node, main, 'agent', 'run', ...options]
}

/** Pure: what Node.js is told for a job, of what it was told for the agent: a job is short, and is to be quick. */
export function optionsForJobs(options: readonly string[]): string[] {
  return options.filter((option) => option !== youngHeapOption)
}
