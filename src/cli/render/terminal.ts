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
  const current = new Map<number, { title: string; began: number; line: string }>()
  let timer: NodeJS.Timeout | undefined

  const draw = (): void => {
    const width = (stream.columns ?? 80) - 4
    const steps = [...current.values()].map(({ title, began, line }) => {
      const elapsed = performance.now() - began
      const frame = frames[Math.floor(elapsed / refreshMs) % frames.length] ?? ''
      const output = line === '' ? '' : `\n    ${paint('dim', line.slice(0, width))}`
      return `${paint('cyan', frame)} ${title} ${paint('dim', seconds(elapsed))}${output}`
    })
    if (steps.length > 0) screen(steps.join('\n'))
  }
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
    current.clear()
    screen.clear()
  }
  const keep = (line: string): void => {
    screen.clear()
    stream.write(`${line}\n`)
  }

  const handle: { [T in DeploymentEvent['type']]: (event: Extract<DeploymentEvent, { type: T }>) => void } = {
    begin: ({ app, title }) => keep(paint('bold', `${app}: ${title}`)),
    'step-started': ({ index, title }) => {
      current.set(index, { title, began: performance.now(), line: '' })
      timer ??= setInterval(draw, refreshMs)
    },
    output: ({ index, line }) => {
      const step = current.get(index)
      if (step !== undefined) step.line = line.trim()
    },
    'step-done': ({ index, title, durationMs, isNotNeeded = false }) => {
      current.delete(index)
      const took = isNotNeeded ? 'not needed' : seconds(durationMs)
      keep(`${paint(isNotNeeded ? 'dim' : 'green', '✓')} ${title} ${paint('dim', took)}`)
    },
    'step-failed': ({ index, title }) => {
      current.delete(index)
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
