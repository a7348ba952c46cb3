import { change, environment, type Fault, fails, settings } from './fault.ts'

/** The new release is broken. */
export const ofRelease: readonly Fault[] = [
  {
    name: 'it does not build',
    change: (file) => change(file, 'web', { build: { context: '.', args: { X: '1' }, target: 'nowhere' } }),
    expected: fails(22),
  },
  {
    name: 'its image does not exist',
    change: (file) => change(file, 'extra', { image: 'muelle.invalid/nothing:1' }),
    expected: fails(21),
  },
  {
    name: 'its file is no Compose file',
    change: (file) => {
      file.services['web'] = { bild: '.' }
    },
    expected: fails(11),
  },
  { name: 'its test fails', change: (file) => settings(file, { test: ['false'] }), expected: fails(26) },
  {
    name: 'its release command fails',
    change: (file) => settings(file, { release: ['false'] }),
    expected: fails(32),
  },
  { name: 'it crashes at its start', change: environment({ CRASH: 'no database' }), expected: fails(33) },
  {
    name: 'its worker crashes at its start',
    change: (file) => change(file, 'worker', { command: ['false'], healthcheck: { disable: true } }),
    expected: fails(33),
  },
  {
    name: 'it runs out of memory',
    change: (file) => change(file, 'web', { mem_limit: '6m', restart: 'no' }),
    expected: fails(33),
  },
  {
    name: 'it runs out of memory once it has the traffic',
    change: (file) => {
      change(file, 'web', { mem_limit: '64m', environment: { EATS_AFTER: '3' } })
      settings(file, { watch: '20s' })
    },
    expected: fails(39),
    loses: true,
  },
  {
    name: 'it never listens',
    change: (file) => {
      environment({ BOOT_SECONDS: '60' })(file)
      settings(file, { deploy_timeout: '3s' })
    },
    expected: fails(34),
  },
  {
    name: 'its health is bad',
    change: (file) => {
      environment({ HEALTH: '500' })(file)
      settings(file, { deploy_timeout: '3s' })
    },
    expected: fails(35),
  },
  {
    name: 'its pages are bad',
    change: (file) => {
      environment({ PAGES: '500' })(file)
      settings(file, { smoke: ['/'] })
    },
    expected: fails(35),
  },
]
