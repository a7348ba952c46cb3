import type { App } from '../app/app.ts'
import { releasedServices } from '../app/app.ts'
import { type LiveRelease, planRestore } from '../backup/plan.ts'
import { recordOf } from '../backup/record.ts'
import { stamp } from '../backup/stamp.ts'
import { asMuelleError } from '../errors/muelle-error.ts'
import { observe } from './observe.ts'
import type { Context } from './operation.ts'
import { type Control, runDeployment } from './run.ts'

type Given = Omit<Context, 'onLine' | 'signal'>

/**
 * After a deployment was taken back: puts the restore point in place that the file asks for (`on_failure: restore`), once
 * release commands may have changed the data. What was written since is kept aside.
 */
export async function restoreAsPromised(context: Given, runner: string, control: Control): Promise<void> {
  const { app, note, store } = context
  const promised = store.restorePromise(app.name)
  if (promised === undefined) return
  const { point, release } = promised
  const since = recordOf(point, context)?.beganAt
  note(
    `Release ${release} has failed after its release commands began, and the file says on_failure: restore.`,
  )
  note(`The data goes back to ${point} (${since}); what was written since is kept aside.`)
  const { live } = await observe(app, context)
  const steps = planRestore({
    point,
    at: stamp(new Date()),
    image: context.repositories.image,
    databases: true,
    media: false,
    live: await liveRelease(app, context),
  })
  const restore = {
    kind: 'restore',
    title: `restore of ${point}`,
    from: live,
    to: live,
    steps,
    runner,
  } as const
  // Ctrl-C has stopped the deployment, and not what the file asks for after it.
  const unstopped = { ...control, signal: new AbortController().signal }
  await runDeployment(restore, context, unstopped).then(
    () => note('What served before is kept until:  muelle backup confirm'),
    (error: unknown) => {
      note(`The data is as the release commands left it: ${asMuelleError(error).message}`)
      note(`Put it back by hand:  muelle backup restore ${point} --only db --app ${app.name}`)
    },
  )
  store.dropRestorePromise(app.name)
}

/** What of the live release runs, and what visitors see of it. */
export async function liveRelease(
  app: App,
  context: Pick<Context, 'engine' | 'gateway' | 'store'>,
): Promise<LiveRelease | undefined> {
  const { gateway, store } = context
  const { live, standing } = await observe(app, context)
  if (live === undefined) return undefined
  return {
    release: live,
    services: releasedServices(app).flatMap(({ name, role }) => (role === 'job' ? [] : [name])),
    replicas: standing.find(({ number }) => number === live)?.webs ?? 1,
    timeoutMs: app.settings.deploy_timeout,
    arms: await gateway.arms(gateway.podFor(app.entrance), app.name),
    isInMaintenance: store.isInMaintenance(app.name),
  }
}
