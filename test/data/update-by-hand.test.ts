import assert from 'node:assert/strict'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createExample, type Example } from '../support/example.ts'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'
import { trackProject } from '../support/project-repository.ts'

const domain = 'certificados.localhost'

/** What a commit brings: a table, a style, and a page that says so. */
const migration = `from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("certificates", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE TABLE audit (note text); INSERT INTO audit VALUES ('migrated')")
    ]
`

describe('a Django project with PostgreSQL, kept up to date by hand', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let example: Example
  let git: (...argv: string[]) => Promise<string>

  const commit = async (message: string): Promise<string> => {
    await git('add', '--all')
    await git('commit', '--quiet', '--message', message)
    await git('push', '--quiet', 'origin', 'HEAD:main')
    return git('rev-parse', 'HEAD')
  }
  const muelle = async (...argv: string[]) => {
    const { exitCode, stdout, stderr } = await host.muelle(...argv, '--app', example.name, '--json')
    assert.equal(exitCode, 0, stderr)
    return JSON.parse(stdout)
  }
  const sql = (query: string) =>
    example.exec('db', 'psql', '-U', 'certificados_user', '-d', 'certificados_prod', '-tAc', query)
  const database = async () =>
    docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', `${example.name}-db-1`)

  before(async () => {
    host = await createHost(cleanup)
    const how = { example: 'certificados', entrance: { domain }, loadPerSecond: 10 }
    example = await createExample(cleanup, host, how)
    const write = async (): Promise<void> => undefined
    const tracked = await trackProject(cleanup, { directory: example.directory, write })
    git = tracked.git
    const settings = `  update: {repo: "${tracked.path}"}\n  keep_releases: 2\n  backups: {keep: {last: 1, daily: 0, weekly: 0, monthly: 0}}\n`
    await example.edit('compose.yaml', (text) => text.replace('\nx-muelle:\n', `\nx-muelle:\n${settings}`))
    await commit('The first')
    await example.up()
  })

  test('one command makes a backup and pulls, builds, migrates, collects and restarts, and nobody notices [T7, C3]', async () => {
    const style = 'certificates/static/certificates/site.css'
    await writeFile(join(example.directory, 'certificates/migrations/0002_audit.py'), migration)
    await example.edit(style, (text) => `${text}\n.of-the-second-commit { color: teal }\n`)
    await example.edit('VERSION', () => 'of-the-second-commit\n')
    const pushed = await commit('The second')
    const before = await database()

    let updated: Record<string, unknown> = {}
    await example.withoutLoss('/health/', async () => {
      updated = await muelle('update')
    })
    assert.partialDeepStrictEqual(updated, { state: 'deployed', commit: pushed, release: 2 })
    // Backup: proven before the migration, and on record with the release.
    const points = await muelle('backup', 'ls')
    const [{ restorePoint }] = await muelle('releases')
    assert.deepEqual(
      points.map(({ state }: { state: string }) => state),
      ['proven'],
    )
    assert.equal(restorePoint, points[0].point)
    // Migration, static file, build and restart.
    assert.equal(await sql('SELECT note FROM audit'), 'migrated')
    const page = await example.ask('/')
    const [, path = ''] = /href="(\/static\/[^"]+\.css)"/.exec(page.body) ?? []
    assert.match((await example.ask(path)).body, /of-the-second-commit/)
    assert.equal(page.headers['x-app-version'], 'of-the-second-commit')
    // The database is no part of a release.
    assert.equal(await database(), before)
  })

  test('one command each deploys, backs up and shows what is used [W9]', async () => {
    await example.edit('VERSION', () => 'deployed-by-hand\n')
    await example.up()
    assert.equal((await example.ask('/')).headers['x-app-version'], 'deployed-by-hand')
    await muelle('backup', 'create')
    const [{ services }] = await muelle('status')
    for (const { name, uses } of services) {
      assert.ok(uses.memory > 1_000_000, `${name} takes ${uses.memory} bytes`)
      assert.ok(uses.cpus >= 0, `${name} takes ${uses.cpus} processors`)
    }
  })

  test('what is old is cleared away: releases with their containers, images, networks and checkouts, and backups [W9]', async () => {
    // Of the last day, one may be another update's.
    const checkouts = join(host.env['MUELLE_HOME'] ?? '', 'apps', example.name, 'source/checkouts')
    const longAgo = new Date(Date.now() - 2 * 86_400_000)
    for (const name of await readdir(checkouts)) await utimes(join(checkouts, name), longAgo, longAgo)
    await writeFile(join(example.directory, 'VERSION'), 'of-the-third-commit\n')
    await commit('The third')
    await muelle('update')

    const releases: { number: number; state: string }[] = await muelle('releases')
    const states = releases.map(({ number, state }) => `${number} ${state}`)
    assert.deepEqual(states, ['4 live', '3 warm', '2 pruned', '1 pruned'])
    const label = `label=org.muelle.app=${example.name}`
    const format = '{{.Label "org.muelle.release"}}'
    const ofReleases = lines(await docker('ps', '--all', '--filter', label, '--format', format))
    assert.deepEqual([...new Set(ofReleases)].toSorted(), ['3', '4'])
    const images = lines(await docker('images', '--format', '{{.Tag}}', `${example.name}-web`))
    assert.deepEqual(images.toSorted(), ['r3', 'r4'])
    const networks = lines(await docker('network', 'ls', '--filter', label, '--format', '{{.Name}}'))
    assert.deepEqual(
      networks.filter((name) => /-r[12]/.test(name)),
      [],
    )
    assert.equal((await readdir(checkouts)).length, 1)
    assert.equal((await muelle('backup', 'ls')).length, 1)
  })
})
