import { cp, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { docker, lines } from '../../support/host.ts'
import { openForger, type TreeNode } from '../../support/restic-forger.ts'
import { type Cases, type DataApp, unexpected } from './app.ts'

/**
 * Who can write to an app's files may plant links and devices there, and who has the key may write any snapshot. Nothing of
 * that is made on this machine.
 */
export const hostile: Cases = async function* (app) {
  yield { what: 'links and devices among the files', faults: await plantInFiles(app) }
  await app.succeed('backup')
  for (const [what, { folder, entries }] of Object.entries(forged))
    yield { what, faults: await plantInRepository(app, folder, entries) }
}

const file = { mode: 0o644, type: 'file', content: [], uid: 0, gid: 0, size: 0 }
const forged: Record<string, { folder: string; entries: TreeNode[] }> = {
  'a name with ..': { folder: '/restore-point/media/media', entries: [{ ...file, name: '../escaped' }] },
  'the name ..': { folder: '/restore-point/media/media', entries: [{ ...file, name: '..' }] },
  'an absolute name': { folder: '/restore-point/media/media', entries: [{ ...file, name: '/escaped' }] },
  'a link among the dumps': {
    folder: '/restore-point/dump',
    entries: [{ name: 'link', type: 'symlink', mode: 0o120777, linktarget: 'manifest.json' }],
  },
  'a device among the dumps': {
    folder: '/restore-point/dump',
    entries: [{ name: 'disk', type: 'dev', mode: 0o60644, device: 0x700 }],
  },
}

async function plantInFiles(app: DataApp): Promise<string[]> {
  const volume = `${app.project.name}_media:/media`
  const inMedia = (script: string): Promise<string> =>
    docker('run', '--rm', '--volume', volume, 'python:3.11-slim', 'sh', '-c', script)
  await inMedia(
    'mkdir /media/planted && cd /media/planted && echo x > x && ln -s x stays && ln -s . here && ln -s here/../.. climbs && ln -s /etc/passwd leads && ln -s ../../.. up && mknod disk b 7 0 && mknod tty c 5 0 && mkfifo pipe',
  )
  const made = await app.muelle('backup')
  await inMedia('rm -r /media/planted')
  const restored = await app.muelle('backup', 'restore', '--only', 'media', '--confirm', app.project.name)
  const there = lines(await inMedia('cd /media/planted && find . -mindepth 1 | sort'))
  await inMedia('rm -r /media/planted')
  const told = ['climbs', 'leads', 'up', 'disk', 'tty', 'pipe'].filter(
    (name) => ![made, restored].every(({ stderr }) => stderr.includes(`/planted/${name}, a `)),
  )
  return [
    ...unexpected(made, 0),
    ...unexpected(restored, 0),
    ...(there.join(' ') === './here ./stays ./x' ? [] : [`there is ${there.join(' ')}`]),
    ...(told.length === 0 ? [] : [`not told: ${told.join(', ')}`]),
    ...(await app.leftovers()),
  ]
}

async function plantInRepository(
  app: DataApp,
  folder: string,
  entries: readonly TreeNode[],
): Promise<string[]> {
  const [point = ''] = await app.provenPoints()
  const [key = ''] = lines(await app.succeed('backup', 'key'))
  const copy = `${app.repository}.copy`
  await rm(copy, { recursive: true, force: true })
  await cp(app.repository, copy, { recursive: true })
  await (await openForger(copy, key)).plant(folder, entries)
  const keyFile = `${copy}.key`
  await writeFile(keyFile, `${key}\n`)
  const before = await app.rows()
  const from = ['--from', copy, '--key-file', keyFile]
  const restored = await app.muelle('backup', 'restore', point, ...from, '--confirm', app.project.name)
  const escaped = await stat(join(copy, '..', 'escaped')).then(
    () => true,
    () => false,
  )
  return [
    ...unexpected(restored, 52),
    ...(/holds what Muelle never put there/.test(restored.stderr) ? [] : ['it does not say why']),
    ...((await app.rows()).join() === before.join() ? [] : ['there are other rows']),
    ...(escaped ? ['it has escaped'] : []),
    ...(await app.leftovers()),
    ...((await app.provenPoints()).includes(point)
      ? []
      : ['the one in the own repository is not proven any more']),
  ]
}
