import { styleText } from 'node:util'
import { createLogUpdate } from 'log-update'
import type { DeploymentEvent, Emit } from '../../events/events.ts'
import { seconds } from './format.ts'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const refreshMs = 100

export interface TerminalProgress {
  emit: Emit
  /** Leaves the screen as it is and lets the process end. */
  stop(): void
}

/** Finished steps as lines that stay; the current one as a line that moves, with its last line of output. */
export function terminalProgress(stream: NodeJS.WriteStream): TerminalProgress {
  const screen = createLogUpdate(stream)
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    styleText(style, text, { stream })
  let current: { title: string; began: number; line: string } | undefined
  let timer: NodeJS.Timeout | undefined

  const draw = (): void => {
    if (current === undefined) return
    const elapsed = performance.now() - current.began
    const frame = frames[Math.floor(elapsed / refreshMs) % frames.length] ?? ''
    const width = (stream.columns ?? 80) - 4
    const output = current.line === '' ? '' : `\n    ${paint('dim', current.line.slice(0, width))}`
    screen(`${paint('cyan', frame)} ${current.title} ${paint('dim', seconds(elapsed))}${output}`)
  }
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
    current = undefined
    screen.clear()
  }
  const keep = (line: string): void => {
    screen.clear()
    stream.write(`${line}\n`)
  }

  const handle: { [T in DeploymentEvent['type']]: (event: Extract<DeploymentEvent, { type: T }>) => void } = {
    begin: ({ app, title }) => keep(paint('bold', `${app}: ${title}`)),
    'step-started': ({ title }) => {
      current = { title, began: performance.now(), line: '' }
      timer ??= setInterval(draw, refreshMs)
    },
    output: ({ line }) => {
      if (current !== undefined) current.line = line.trim()
    },
    'step-done': ({ title, durationMs }) => {
      current = undefined
      keep(`${paint('green', '✓')} ${title} ${paint('dim', seconds(durationMs))}`)
    },
    'step-failed': ({ title }) => {
      current = undefined
      keep(`${paint('red', '✗')} ${title}`)
    },
    undoing: ({ title }) => keep(`${paint('yellow', '↩')} Taking back: ${title}`),
    live: ({ release }) => keep(`${paint('green', '●')} ${paint('bold', `Release ${release} is live`)}`),
    note: ({ message }) => keep(`${paint('yellow', '!')} ${message}`),
  }
  return {
    emit: (event) => {
      ;(handle[event.type] as (event: DeploymentEvent) => void)(event)
    },
    stop,
  }
}
