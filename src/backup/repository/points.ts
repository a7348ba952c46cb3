import type { EffectOptions, ToolResult } from '../../engine/port.ts'
import { asMuelleError, MuelleError } from '../../errors/muelle-error.ts'
import { describeEntry, type Entry, judgeEntries, readEntry, readTargets } from '../entries.ts'
import * as restic from '../restic.ts'
import { type Run, type RunOptions, told } from '../restic-run.ts'

/** Of which restic is asked in one call. */
const linksAtATime = 200

/** In the arguments of one call; so many are no accident. */
const mostLeftOut = 1000

/** What is read of a restore point. */
export interface Points {
  /**
   * Looks for what a restore must not make on this machine.
   * @returns what is to be left out. @throws MuelleError BACKUP_UNPROVEN for what nobody made who meant well
   */
  inspect(point: string, options: EffectOptions): Promise<readonly Entry[]>
  /** Reads every byte of a folder of a restore point, and checks it. */
  readThrough(point: string, path: string, options: EffectOptions): Promise<void>
  /**
   * Puts the files of a folder into a volume or a folder of this machine, over what is there; with `part`, that of it, if
   * it is there; without what `inspect` has found.
   */
  restore(
    point: string,
    path: string,
    options: EffectOptions & { to: string; part?: string; without?: readonly Entry[] },
  ): Promise<void>
}

export function pointOperations(
  app: string,
  run: Run,
  snapshots: (app: string) => Promise<restic.Snapshot[]>,
): Points {
  const entriesOf = async (point: string, effect: EffectOptions): Promise<Entry[]> => {
    const found: Entry[] = []
    const onOutput = (line: string): void => {
      const entry = readEntry(line)
      if (entry !== undefined) found.push(entry)
    }
    await ofPoint(point, (which) => restic.listArguments(which), { ...effect, onOutput })
    const targets = new Map<string, string>()
    const links = found.filter(({ type }) => type === 'symlink').map((entry) => entry.path)
    for (let at = 0; at < links.length; at += linksAtATime) {
      const some = links.slice(at, at + linksAtATime)
      const { stdout } = await ofPoint(point, (which) => restic.findArguments(which, some), effect)
      for (const [link, target] of readTargets(stdout)) targets.set(link, target)
    }
    return found.map((entry) => ({ ...entry, target: targets.get(entry.path) }))
  }

  /** Looking for the latest, restic stops at a snapshot of somebody else that cannot be read any more. */
  async function ofPoint(
    point: string,
    argv: (selection: restic.Selection) => string[],
    options: RunOptions,
  ): Promise<ToolResult> {
    try {
      return await run(argv({ tags: restic.tagsOf(app, point) }), options)
    } catch (error) {
      if (!asMuelleError(error).log.some((line) => line.includes('failed to find snapshot'))) throw error
      const found = (await snapshots(app)).find((each) => each.point === point)
      if (found === undefined) throw error
      return run(argv({ id: found.id }), options)
    }
  }

  return {
    inspect: async (point, effect) => {
      const { refused, leftOut } = judgeEntries(await entriesOf(point, effect))
      if (refused.length > 0) throw planted(point, refused)
      if (leftOut.length > mostLeftOut) throw planted(point, leftOut)
      return leftOut
    },
    readThrough: async (point, path, effect) => {
      await ofPoint(point, (which) => restic.readThroughArguments(which, path), effect)
    },
    restore: async (point, path, { to, part, without = [], ...effect }) => {
      const excluded = without
        .filter((entry) => entry.path.startsWith(`${path}/`))
        .map((entry) => entry.path.slice(path.length))
      const argv = (which: restic.Selection): string[] =>
        restic.restoreArguments(which, { path, part, without: excluded, to: restic.inside.root })
      const mounts = [{ source: to, target: restic.inside.root, writes: true }]
      await ofPoint(point, argv, { ...told(effect), mounts })
    },
  }
}

/** Of a restore point that somebody made who has the key, and means no good. */
function planted(point: string, entries: readonly Entry[]): MuelleError {
  const some = entries.slice(0, 3).map(describeEntry)
  const more = entries.length > some.length ? ` and ${entries.length - some.length} more` : ''
  return new MuelleError(
    'BACKUP_UNPROVEN',
    `Restore point ${point} holds what Muelle never put there: ${some.join('; ')}${more}.`,
    {
      hint: 'Nothing of it is used. Find out who can write to the repository, and restore another one:  muelle backup ls',
    },
  )
}
