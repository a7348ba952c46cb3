import type { ComposeDraft } from '../../support/project.ts'
import { environment, type Fault, fails, settings, works } from './fault.ts'

/** Shifts the clock of the one process that is given these options; Docker's stays as it is. */
function clockOff(hours: number): Record<string, string> {
  const source = `const { now } = Date
globalThis.Date = class extends Date {
  constructor(...given) { given.length === 0 ? super(Date.now()) : super(...given) }
  static now() { return now() + ${hours * 3_600_000} }
}`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(source)}` }
}

const failsItsVisitors = (file: ComposeDraft): void => {
  environment({ PAGES: '500' })(file)
  settings(file, { watch: '20s' })
}

export const ofClock: readonly Fault[] = [
  { name: 'the clock is one hour ahead', env: clockOff(1), expected: works },
  { name: 'the clock is one hour behind', env: clockOff(-1), expected: works },
  {
    name: 'the clock is one hour ahead, and the release fails its visitors',
    env: clockOff(1),
    change: failsItsVisitors,
    expected: fails(39),
    loses: true,
  },
  {
    name: 'the clock is one hour behind, and the release fails its visitors',
    env: clockOff(-1),
    change: failsItsVisitors,
    expected: fails(39),
    loses: true,
  },
  {
    name: 'another deployment is started when the clock has gone one hour ahead',
    change: environment({ BOOT_SECONDS: '2' }),
    during: {
      after: /Record/,
      act: async ({ host, project }) => {
        const second = await host.startWith(clockOff(1), 'up', project.directory)
        if (second.exitCode !== 40) throw new Error(`not refused: ${second.stderr}`)
      },
    },
    expected: works,
  },
]
