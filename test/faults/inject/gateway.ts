import { docker } from '../../support/host.ts'
import type { World } from '../world.ts'
import { change, environment, type Fault, fails, killContainer, ofRole, settings, works } from './fault.ts'

const restartHolder = async (world: World) =>
  void (await docker('restart', '--time', '0', ...(await ofRole(world, 'holder'))))

/** The gateway is hit, or changes. */
export const ofGateway: readonly Fault[] = [
  {
    name: 'the gateway refuses its configuration',
    change: (file) => {
      file['volumes'] = { files: null }
      change(file, 'web', { volumes: ['files:/files'] })
      settings(file, { static: { '/': 'files' } })
    },
    expected: fails(36),
  },
  {
    name: 'nginx is killed',
    during: { after: /Start web/, act: async (world) => killContainer((await ofRole(world, 'nginx'))[0]) },
    expected: works,
    loses: true,
  },
  {
    name: 'nginx was removed',
    before: async (world) => void (await docker('rm', '--force', ...(await ofRole(world, 'nginx')))),
    expected: works,
    loses: true,
  },
  { name: 'the holder of the ports was restarted', before: restartHolder, expected: works, loses: true },
  {
    name: 'the holder of the ports is restarted before the gateway is told',
    during: { after: /Start web/, act: restartHolder },
    expected: works,
    loses: true,
  },
  {
    name: 'the holder of the ports is restarted after the gateway was told',
    change: environment({ BOOT_SECONDS: '3' }),
    // The line comes when the gateway has been proved: nobody looks any more, and it heals by itself.
    during: { after: /Wait until all/, act: restartHolder },
    expected: works,
    loses: true,
  },
  {
    name: 'the gateway was cut off the app',
    before: async ({ host, project }) =>
      void (await docker(
        'network',
        'disconnect',
        '--force',
        `${project.name}_edge`,
        `${host.instance}-gateway`,
      )),
    expected: works,
    loses: true,
  },
  {
    name: 'a new image of the gateway',
    before: async () => void (await docker('tag', 'nginx:1.30', 'nginx:1.30-next')),
    env: { MUELLE_GATEWAY_IMAGE: 'nginx:1.30-next' },
    expected: works,
    after: async () => void (await docker('rmi', 'nginx:1.30-next')),
  },
  {
    name: 'new files for the gateway to serve',
    change: (file) => {
      file['volumes'] = { files: null }
      change(file, 'web', { volumes: ['files:/files'] })
      settings(file, { static: { '/files/': 'files' } })
    },
    expected: works,
  },
]
