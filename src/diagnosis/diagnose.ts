import type { Cause } from './cause.ts'
import { describeStandIns, lackingPrograms } from './causes/build.ts'
import { fallbacks, rules } from './rules.ts'
import type { Symptoms } from './symptoms.ts'

/**
 * Names the cause of a failure, or nothing. What was measured comes before what was printed; of several lines that
 * each name a cause the last one counts, because programs often complain about what they get over later.
 */
export function diagnose(symptoms: Symptoms): Cause | undefined {
  const found = rules.flatMap(({ id, recognise }) => {
    const finding = recognise(symptoms)
    return finding === undefined ? [] : [{ id, ...finding }]
  })
  const measured = found.find(({ at }) => at === undefined)
  // Sorting keeps the order of the table among those that one line shows.
  const [printed] = found.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))
  const best = measured ?? printed ?? firstOf(fallbacks, symptoms)
  if (best === undefined) return undefined
  const { at, ...cause } = best
  const lacking = lackingPrograms.has(cause.id) ? describeStandIns(symptoms) : undefined
  return lacking === undefined ? cause : { ...cause, text: `${cause.text} ${lacking}` }
}

function firstOf(table: typeof rules, symptoms: Symptoms) {
  for (const { id, recognise } of table) {
    const finding = recognise(symptoms)
    if (finding !== undefined) return { id, ...finding }
  }
  return undefined
}
