import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { main } from '../../root.ts'
import type { Claim } from '../../store/jobs.ts'
import { optionsForJobs } from '../command-line.ts'
import { claimVariable, writeClaim } from './claim.ts'
import { buildxPlace } from './docker-state.ts'
import { transcriptOf } from './transcript.ts'

/** A command of Muelle, and where it runs; for one that the agent asks for itself, where the agent runs. */
export interface Launch {
  argv: readonly string[]
  cwd?: string
  /** All of it, as whoever asks has it. It is handed to the process, and kept nowhere. */
  env?: Readonly<Record<string, string>>
}

/** What a job printed. */
export function logOf(home: string, job: number): string {
  return join(home, 'agent', `job-${job}.log`)
}

export function forgetLogs(home: string, jobs: readonly number[]): void {
  for (const job of jobs)
    for (const file of [logOf(home, job), transcriptOf(home, job)]) rmSync(file, { force: true })
}

/**
 * Starts this program once more, in a session of its own, with its output in a file: it goes on when the agent, its
 * terminal or its pipe ends.
 */
export function startJob({ argv, cwd, env }: Launch, claim: Claim, home: string): ChildProcess {
  mkdirSync(join(home, 'agent'), { recursive: true, mode: 0o700 })
  const whole = env ?? process.env
  const log = openSync(logOf(home, claim.id), 'a', 0o600)
  try {
    const child = spawn(process.execPath, [...optionsForJobs(process.execArgv), main, ...argv], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: cwd ?? home,
      env: {
        ...whole,
        ...buildxPlace(whole, join(home, 'agent', 'buildx')),
        MUELLE_HOME: home,
        [claimVariable]: writeClaim(claim),
      },
    })
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}
