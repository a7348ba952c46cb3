import { mkdir } from 'node:fs/promises'
import type { Context, Operation } from '../../deploy/operation.ts'
import type { StepOf } from '../../deploy/step.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { contentsOf } from '../contents.ts'
import { databaseKinds } from '../databases/all.ts'
import { describeEntry } from '../entries.ts'
import { beforeName, besideName, type Manifest, type ServerDump, type Swap } from '../manifest.ts'
import { inside } from '../restic.ts'
import { ownServer } from '../server.ts'
import { manifestOf } from '../staging.ts'
import type { DatabasePart } from '../step.ts'
import { dataTimeoutMs } from './dump.ts'
import { repositoryOf } from './keep.ts'
import { refuseEarlier } from './refuse-earlier.ts'

export const load: Operation<StepOf<'load'>> = {
  timeoutMs: dataTimeoutMs,
  run: async ({ point, at, only }, context) => {
    for (const dump of serversOf(point, only, context)) {
      const server = await ownServer(dump.service, point, context)
      const rename = (name: string): string => besideName(name, at)
      await refuseEarlier(server, dump)
      await databaseKinds[dump.kind].load(server, dump, { ...context, rename })
    }
  },
  undo: async ({ point, at, only }, context) => {
    for (const dump of serversOf(point, only, context)) {
      const server = await ownServer(dump.service, point, context)
      await databaseKinds[dump.kind].drop(
        server,
        dump.databases.map(({ name }) => besideName(name, at)),
      )
    }
  },
}

/** Not taken back: files that are there already are no harm, and which of them were there before nobody knows. */
export const media: Operation<StepOf<'media'>> = {
  timeoutMs: dataTimeoutMs,
  run: async ({ point }, context) => {
    const repository = await repositoryOf(context)
    const places = contentsOf(context.app).media
    const without = await repository.inspect(point, context)
    for (const entry of without.filter(({ path }) => path.startsWith(`${inside.media}/`)))
      context.note(`Left out: ${describeEntry(entry)}`)
    for (const key of knownManifest(point, context).media) {
      const place = places.find((each) => each.key === key)
      if (place === undefined) {
        context.note(`${key} is no longer in the Compose file, and stays in the repository.`)
        continue
      }
      if (place.source.startsWith('/')) await mkdir(place.source, { recursive: true })
      await repository.restore(point, `${inside.media}/${key}`, { ...context, to: place.source, without })
    }
  },
}

export const swap: Operation<StepOf<'swap'>> = {
  run: async ({ point, at, only }, context) => {
    for (const dump of serversOf(point, only, context)) {
      const server = await ownServer(dump.service, point, context)
      const kind = databaseKinds[dump.kind]
      await kind.swap(server, swapsOf(dump, at))
      const there = new Set(await kind.list(server))
      for (const { name, before } of swapsOf(dump, at)) {
        if (!there.has(before)) continue
        const kept = { service: dump.service, name: before, original: name, since: new Date().toISOString() }
        context.store.keepDatabase(context.app.name, kept)
      }
    }
  },
  undo: async ({ point, at, only }, context) => {
    for (const dump of serversOf(point, only, context)) {
      const server = await ownServer(dump.service, point, context)
      const swaps = swapsOf(dump, at)
      const back = swaps.map(({ name, beside, before }) => ({ name, beside: before, before: beside }))
      await databaseKinds[dump.kind].swap(server, back)
      for (const { before } of swaps) context.store.forgetDatabase(context.app.name, dump.service, before)
    }
  },
}

function serversOf(point: string, only: DatabasePart | undefined, context: Context): ServerDump[] {
  const { servers } = knownManifest(point, context)
  return servers.filter(({ kind }) => only === undefined || (only === 'redis') === (kind === 'redis'))
}

function swapsOf({ databases }: ServerDump, at: string): Swap[] {
  return databases.map(({ name }) => ({ name, beside: besideName(name, at), before: beforeName(name, at) }))
}

function knownManifest(point: string, context: Context): Manifest {
  const manifest = manifestOf(point, context)
  if (manifest !== undefined) return manifest
  throw new MuelleError('RESTORE_FAILED', `Nothing is known of restore point ${point}.`, {
    hint: `See which there are:  muelle backup ls --app ${context.app.name}`,
  })
}
