/**
 * When the makers of an image stop mending it, from their own release pages. Only lines whose end is announced are
 * here; whatever is missing is taken to be alive.
 */
const ends: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  postgres: {
    '9': '2021-11-11',
    '10': '2022-11-10',
    '11': '2023-11-09',
    '12': '2024-11-21',
    '13': '2025-11-13',
    '14': '2026-11-12',
    '15': '2027-11-11',
    '16': '2028-11-09',
    '17': '2029-11-08',
  },
  mysql: { '5': '2023-10-31', '8.0': '2026-04-30' },
  mariadb: {
    '5': '2020-04-11',
    '10.3': '2023-05-25',
    '10.4': '2024-06-18',
    '10.5': '2025-06-24',
    '10.6': '2026-07-06',
    '10.11': '2028-02-16',
  },
  mongo: { '3': '2021-04-30', '4': '2024-02-29', '5': '2024-10-31', '6': '2025-07-31' },
  redis: { '4': '2020-04-30', '5': '2022-04-27', '6.0': '2024-02-29' },
  elasticsearch: { '6': '2022-02-10', '7': '2026-01-15' },
  python: {
    '2': '2020-01-01',
    '3.6': '2021-12-23',
    '3.7': '2023-06-27',
    '3.8': '2024-10-07',
    '3.9': '2025-10-31',
    '3.10': '2026-10-31',
    '3.11': '2027-10-31',
    '3.12': '2028-10-31',
  },
  node: {
    '10': '2021-04-30',
    '12': '2022-04-30',
    '14': '2023-04-30',
    '16': '2023-09-11',
    '17': '2022-06-01',
    '18': '2025-04-30',
    '19': '2023-06-01',
    '20': '2026-04-30',
    '21': '2024-06-01',
    '22': '2027-04-30',
    '23': '2025-06-01',
  },
  php: { '5': '2018-12-31', '7': '2022-11-28', '8.0': '2023-11-26', '8.1': '2025-12-31' },
  ruby: { '2': '2023-03-31', '3.0': '2024-04-23', '3.1': '2025-03-26' },
  debian: { '9': '2022-07-01', '10': '2024-06-30', '11': '2026-08-31' },
  ubuntu: { '16.04': '2021-04-30', '18.04': '2023-05-31', '20.04': '2025-05-31' },
  centos: { '7': '2024-06-30', '8': '2021-12-31' },
  alpine: {
    '3.16': '2024-05-23',
    '3.17': '2024-11-22',
    '3.18': '2025-05-09',
    '3.19': '2025-11-01',
    '3.20': '2026-04-01',
    '3.21': '2026-11-01',
  },
}

const products: readonly [RegExp, string][] = [
  [/^postg(?:res|resql|is)$/, 'postgres'],
  [/^mysql$/, 'mysql'],
  [/^mariadb$/, 'mariadb'],
  [/^mongo$/, 'mongo'],
  [/^redis$/, 'redis'],
  [/^elasticsearch$/, 'elasticsearch'],
  [/^python$/, 'python'],
  [/^node$/, 'node'],
  [/^php$/, 'php'],
  [/^ruby$/, 'ruby'],
  [/^debian$/, 'debian'],
  [/^ubuntu$/, 'ubuntu'],
  [/^centos$/, 'centos'],
  [/^alpine$/, 'alpine'],
]

/** Official images name the release of Debian that they stand on. */
const debianNames: Readonly<Record<string, string>> = { stretch: '9', buster: '10', bullseye: '11' }

/** The line of releases that an image tag belongs to, and the day on which it ended or will end. */
export interface LifeLine {
  /** For people: `python 3.9`. */
  name: string
  ends: string
}

/** Every announced end that concerns an image: of what it holds, and of the Debian below it. */
export function lifeLines(image: string, tag: string): LifeLine[] {
  const product = products.find(([pattern]) => pattern.test(image))?.[1]
  const version = /^v?(\d+(?:\.\d+)*)/.exec(tag)?.[1] ?? debianNames[tag.split('-')[0] ?? '']
  const suite = Object.keys(debianNames).find((name) => tag.split('-').includes(name))
  const timescale = /(?:^|-)pg(\d+)/.exec(tag)?.[1]
  return [
    ...lineOf(product, version),
    ...(product === 'debian' || suite === undefined ? [] : lineOf('debian', debianNames[suite])),
    ...(/^timescaledb/.test(image) ? lineOf('postgres', timescale) : []),
  ]
}

function lineOf(product: string | undefined, version: string | undefined): LifeLine[] {
  const lines = ends[product ?? '']
  if (product === undefined || version === undefined || lines === undefined) return []
  const numbers = version.split('.')
  const line = [numbers.slice(0, 2).join('.'), numbers[0] ?? ''].find((prefix) => lines[prefix] !== undefined)
  return line === undefined ? [] : [{ name: `${product} ${line}`, ends: lines[line] ?? '' }]
}
