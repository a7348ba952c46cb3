import { confirm, isCancel, select, text } from '@clack/prompts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Prompts } from './command.ts'

/** Asks on standard error, so that a result on standard output stays alone. */
export function createPrompts(signal: AbortSignal): Prompts {
  const common = { input: process.stdin, output: process.stderr, signal }
  return {
    text: async ({ message, initial = '', placeholder = '', validate }) => {
      const answer = await text({
        ...common,
        message,
        placeholder,
        initialValue: initial,
        validate: (value) => validate?.((value ?? '').trim()),
      })
      return answered(answer, signal).trim()
    },
    choose: async ({ message, choices, initial }) => {
      const options = choices.map(({ value, label, hint }) => ({
        value,
        label,
        ...(hint === undefined ? {} : { hint }),
      }))
      return answered(await select({ ...common, message, options, initialValue: initial }), signal)
    },
    confirm: async (message, initial) =>
      answered(await confirm({ ...common, message, initialValue: initial }), signal),
  }
}

/** Ctrl-C at a question ends everything. */
function answered<T>(answer: T, signal: AbortSignal): Exclude<T, symbol> {
  if (isCancel(answer) || signal.aborted) throw new MuelleError('INTERRUPTED', 'Nothing was written.')
  return answer as Exclude<T, symbol>
}
