import { docker } from '../../support/host.ts'
import { environment, type Fault, fails, killContainer, ofRole, works } from './fault.ts'

/** Muelle, or a container of the app, is hit. */
export const ofContainers: readonly Fault[] = [
  {
    name: 'SIGTERM',
    during: { after: /Record/, act: async (_, running) => running.kill('SIGTERM') },
    expected: fails(130),
  },
  {
    name: 'a container of the new release is killed as it boots',
    change: environment({ BOOT_SECONDS: '2' }),
    during: { after: /Start web/, act: async (world) => killContainer((await ofRole(world, 'web'))[0]) },
    expected: works,
  },
  {
    name: 'a container of the old release is killed',
    during: { after: /Record/, act: async (world) => killContainer((await ofRole(world, 'web')).at(-1)) },
    expected: works,
    loses: true,
  },
  {
    name: 'another deployment is started',
    change: environment({ BOOT_SECONDS: '2' }),
    during: {
      after: /Record/,
      act: async (world) => {
        const second = await world.host.muelle('up', world.project.directory)
        if (second.exitCode !== 40) throw new Error(second.stderr)
      },
    },
    expected: works,
  },
  {
    name: 'the live release was removed',
    before: async (world) => void (await docker('rm', '--force', ...(await ofRole(world, 'web')))),
    expected: works,
    loses: true,
  },
]
