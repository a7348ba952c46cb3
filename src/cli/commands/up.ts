import type { App } from '../../app/app.ts'
import { appUrl } from '../../app/url.ts'
import type { FinishedStep } from '../../deploy/run.ts'
import type { DeploymentResult } from '../../deploy/with-app.ts'
import { type CliServices, type Command, flag, type Input, list, shared } from '../command.ts'
import { handOverProject, loadProject, muelleImages, type Project } from '../load-project.ts'
import { seconds } from '../render/format.ts'

export const up: Command = {
  name: 'up',
  summary: 'Deploy the next release of an app from its Compose file',
  arguments: [{ name: '[path]', description: 'the project folder (default: the current one)' }],
  options: [shared.environment, shared.files, ...shared.agreements],
  returnsData: true,
  examples: [
    'muelle up',
    'muelle up path/to/project',
    'muelle up -f docker-compose.prod.yml',
    'muelle up --env staging',
  ],
  run: async (input, io) => {
    const project = await loadProject(input, io)
    const services = await io.services()
    await remember(project, services)
    for (const message of project.warnings) io.emit({ type: 'note', message })
    const { deploy } = await import('../../deploy/deploy.ts')
    const result = await deploy(
      {
        ...project,
        images: [...muelleImages(project.app, services), ...project.images],
        ...readAgreements(input),
      },
      services,
      io,
    )
    return describeResult(result, project.app, services)
  },
  handOver: (input, io) => handOverProject('up', input, io),
}

/** Only where updates are wanted. */
async function remember({ app, environment, facts, files }: Project, services: CliServices): Promise<void> {
  if (app.settings.update === undefined) return
  const { rememberFolder } = await import('../../source/remember.ts')
  await rememberFolder({ app, environment, files, written: facts.written }, services)
}

/** What someone said to a deployment before it asks. */
export function readAgreements(input: Input) {
  return {
    replace: list(input, 'replace'),
    allow: list(input, 'allow'),
    ignoresMemory: flag(input, 'ignoreMemory'),
    withoutBackup: input.options['backup'] === false,
    isUnattended: flag(input, 'unattended'),
  }
}

/** What a deployment of a new release returns. */
export async function describeResult(
  result: DeploymentResult,
  app: App,
  services: CliServices,
): Promise<{ data: object; text: string }> {
  const url = appUrl(app, services.ports)
  const certificate = await services.certificates.facts(services.gateway.podFor(app.entrance), app)
  return {
    data: { ...result, url, certificate, timing: await timing(result, services) },
    text: summary(result, { url, isSelfSigned: certificate?.isSelfSigned === true }),
  }
}

function summary(
  result: DeploymentResult,
  { url, isSelfSigned }: { url: string; isSelfSigned: boolean },
): string {
  return [
    `${result.app} release ${result.release} is live after ${seconds(untilLive(result))}:  ${url}`,
    ...(isSelfSigned ? ['Its certificate is self-signed, so browsers warn and curl needs -k.'] : []),
    ...(result.previous === undefined
      ? []
      : [`Release ${result.previous} stays warm; go back to it with:  muelle rollback --app ${result.app}`]),
  ].join('\n')
}

/** Milliseconds by the clock: steps may run beside each other. */
function untilLive({ steps }: DeploymentResult): number {
  const began = Math.min(...steps.map(({ endedAt, durationMs }) => endedAt - durationMs))
  return (steps.find(({ kind }) => kind === 'activate')?.endedAt ?? began) - began
}

/** Milliseconds by part. Boot is the app's own: from the start of its last web container until all are ready. */
async function timing({ app, release, steps }: DeploymentResult, { engine }: CliServices) {
  const spent = (...kinds: FinishedStep['kind'][]): number =>
    Math.round(
      steps.filter(({ kind }) => kinds.includes(kind)).reduce((sum, step) => sum + step.durationMs, 0),
    )
  const containers = await engine.containers({ app, release, role: 'web' })
  const started = await Promise.all(containers.map(({ id }) => engine.startedAt(id)))
  const ready = steps.find(({ kind }) => kind === 'ready')?.endedAt ?? 0
  return {
    totalMs: Math.round(steps.reduce((sum, step) => sum + step.durationMs, 0)),
    buildMs: spent('images', 'build'),
    releaseCommandsMs: spent('command'),
    bootMs: Math.max(0, ready - Math.max(...started)),
  }
}
