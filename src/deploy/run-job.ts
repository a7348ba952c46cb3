import { MuelleError, recode } from '../errors/muelle-error.ts'
import { releaseService } from '../release/names.ts'
import { readLiveModel } from './live-model.ts'
import { observe } from './observe.ts'
import type { Control } from './run.ts'
import type { Services } from './with-app.ts'

/**
 * Runs a service of the live release that has a schedule, once and to its end.
 * @throws MuelleError USAGE or JOB_FAILED
 */
export async function runJob(
  { name, service }: { name: string; service: string },
  services: Services,
  { signal, emit }: Control,
): Promise<{ app: string; service: string; release: number }> {
  const app = await readLiveModel(name, services)
  const { live } = await observe(app, services)
  const known = app.services.flatMap((each) => (each.schedule === undefined ? [] : [each.name]))
  if (live === undefined || !known.includes(service)) {
    throw new MuelleError('USAGE', `${name} has no service ${service} with a schedule in a live release.`, {
      hint:
        known.length === 0
          ? 'Give one a schedule:  x-muelle: {schedule: "0 4 * * *"}'
          : `There is: ${known.join(', ')}`,
    })
  }
  const onLine = (line: string): void => emit({ type: 'note', message: line })
  await services.engine
    .runOnce(services.files.release(app, live), releaseService(service, live), { signal, onLine })
    .catch(
      recode('DOCKER_COMMAND_FAILED', (cause) => {
        const message = `The job ${service} of ${name} ended with an error.`
        const hint = `Try it again:  muelle run ${service} --app ${name}`
        return new MuelleError('JOB_FAILED', message, { hint, log: cause.log.slice(-15), cause })
      }),
    )
  return { app: name, service, release: live }
}
