import type { Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'

/** Visitors are served meanwhile. That an authority refuses is told, and takes nothing back: the release works. */
export const certificate: Operation<StepOf<'certificate'>> = {
  run: async (_, { app, certificates, note, pod }) => {
    const obtained = await certificates.obtain(pod, app, { isUrgent: false })
    if (obtained.isThere) return
    const { why, nextAt } = obtained
    const when = nextAt === undefined ? '' : ` Muelle asks again after ${new Date(nextAt).toISOString()}.`
    note(`There is no certificate that browsers trust yet: ${why}.${when}`)
    note(`Mend that, then:  muelle certificates --renew --app ${app.name}`)
  },
}
