import { readdir, readFile } from 'node:fs/promises'

/** What a process and all that it has started take now. */
export interface ProcessUsage {
  /** Megabytes; pages that several processes share count once (proc(5), smaps_rollup: Pss). */
  residentMb: number
  /** The same of the process alone, with all that it shares. */
  rssMb: number
  /** Seconds of processor time since the process began, of children that have ended too. */
  cpuSeconds: number
}

/** Clock ticks in a second, on every Linux that Node.js runs on. */
const ticksPerSecond = 100

export async function readUsage(pid: number): Promise<ProcessUsage> {
  const all = await Promise.all((await descendants(pid)).map(usageOf))
  const sum = (of: (one: ProcessUsage) => number): number => all.reduce((total, one) => total + of(one), 0)
  return {
    residentMb: sum(({ residentMb }) => residentMb),
    rssMb: all[0]?.rssMb ?? 0,
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
  }
}

async function usageOf(pid: number): Promise<ProcessUsage> {
  const [rollup, stat] = await Promise.all([read(pid, 'smaps_rollup'), read(pid, 'stat')])
  const megabytes = (field: string): number =>
    (Number(new RegExp(`^${field}: +(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * 1024) / 1e6
  // utime, stime and those of children that have ended: fields 14 to 17 of proc(5) stat.
  const ticks = fieldsOf(stat).slice(11, 15).map(Number)
  return {
    residentMb: megabytes('Pss'),
    rssMb: megabytes('Rss'),
    cpuSeconds: ticks.reduce((total, each) => total + each, 0) / ticksPerSecond,
  }
}

/** The process first. */
async function descendants(pid: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(
    pids.map(async (each) => [each, Number(fieldsOf(await read(each, 'stat'))[1])] as const),
  )
  const below = (parent: number): number[] =>
    parents.filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)])
  return [pid, ...below(pid)]
}

/** After the name, which may hold spaces and brackets: the state is the first. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Processes come and go while one looks. */
function read(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
}
