import { appUrl } from '../../app/url.ts'
import { previewDeploy } from '../../deploy/deploy.ts'
import { describeMemory } from '../../deploy/memory.ts'
import { describeStep } from '../../deploy/step.ts'
import { type Command, shared } from '../command.ts'
import { loadProject, muelleImages } from '../load-project.ts'
import { table } from '../render/format.ts'

export const plan: Command = {
  name: 'plan',
  summary: 'Show the roles of the services and the steps that `up` would run',
  arguments: [{ name: '[path]', description: 'the project folder (default: the current one)' }],
  options: [shared.environment, shared.files],
  returnsData: true,
  run: async (input, io) => {
    const { app, images, facts, warnings: told, ...place } = await loadProject(input, io)
    const services = await io.services()
    const { foresee } = await import('../../deploy/preflight.ts')
    const {
      app: planned,
      release,
      steps,
      observed,
      memory = null,
      notes,
    } = await previewDeploy({ ...place, app, images: [...muelleImages(app, services), ...images] }, services)
    const warnings = [...told, foresee(facts) ?? [], notes].flat()
    const url = appUrl(app, services.ports)
    const roles = planned.services.map(({ name, role, reason, replicas }) => ({
      name,
      role,
      reason,
      replicas,
    }))
    return {
      data: { app: app.name, url, release, live: observed.live, services: roles, warnings, memory, steps },
      text: [
        `${app.name}, release ${release}, for ${url}`,
        '',
        table([
          ['SERVICE', 'ROLE', 'REPLICAS', 'BECAUSE'],
          ...roles.map(({ name, role, replicas, reason }) => [name, role, String(replicas), reason]),
        ]),
        '',
        ...warnings.map((warning) => `! ${warning}`),
        ...(memory === null ? [] : [describeMemory(memory)]),
        ...steps.map((step, index) => `${String(index + 1).padStart(2)}. ${describeStep(step)}`),
      ].join('\n'),
    }
  },
}
