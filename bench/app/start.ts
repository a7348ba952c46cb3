import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { freePorts } from '../ports.ts'

const server = join(import.meta.dirname, 'server.py')
const startTimeoutMs = 10_000

export interface RunningApp extends AsyncDisposable {
  readonly port: number
  /** Holds the database; several apps may share it. Removed with the app that made it. */
  readonly dataFolder: string
  /** Sends SIGTERM and waits for the end; what the process ended with. */
  terminate(): Promise<number | undefined>
}

/** Starts the app as a process of this machine, for tests, and waits until it answers. */
export async function startApp(sharedFolder?: string): Promise<RunningApp> {
  const dataFolder = sharedFolder ?? (await mkdtemp(join(tmpdir(), 'muelle-bench-app-')))
  const [port = 0] = await freePorts(1)
  const env = { PORT: String(port), DATA_DIR: dataFolder }
  const process = execa('python3', ['-u', server], { env, reject: false, stderr: 'inherit' })
  const terminate = async () => {
    process.kill('SIGTERM')
    return (await process).exitCode
  }
  await untilHealthy(port)
  return {
    port,
    dataFolder,
    terminate,
    async [Symbol.asyncDispose]() {
      process.kill('SIGKILL')
      await process
      if (sharedFolder === undefined) await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

async function untilHealthy(port: number): Promise<void> {
  const signal = AbortSignal.timeout(startTimeoutMs)
  const healthy = () =>
    fetch(`http://127.0.0.1:${port}/health/`, { signal }).then(
      (response) => response.ok,
      () => false,
    )
  while (!(await healthy())) await sleep(50, undefined, { signal })
}
