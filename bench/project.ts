import { randomBytes } from 'node:crypto'
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'

const example = join(import.meta.dirname, '../examples/certificados')
const template = 'certificates/templates/certificates/base.html'

export interface Project {
  /** Compose project name, unique so that nothing of another app on this engine is touched. */
  readonly name: string
  readonly directory: string
  /** A folder beside the project for whatever the bench keeps; removed with it. */
  readonly scratch: string
  /** Makes the change that a release is for: its version and a template. */
  change(version: string): Promise<void>
  /** Takes the last change back. */
  undo(): Promise<void>
  remove(): Promise<void>
}

/** A copy of the example app under a name of its own, in a new Git repository. */
export async function copyExample(): Promise<Project> {
  const scratch = await mkdtemp(join(tmpdir(), 'muelle-bench-'))
  const name = `bench-${randomBytes(3).toString('hex')}`
  // Compose names a project after its folder.
  const directory = join(scratch, name)
  const git = execa({ cwd: directory })
  const commit = async (message: string) => {
    await git('git', ['add', '--all'])
    await git('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '-m', message])
  }

  // Without a developer's own .env: every run measures the same app.
  await cp(example, directory, { recursive: true, filter: (source) => basename(source) !== '.env' })
  await leaveOutTls(join(directory, 'compose.yaml'))
  await git('git', ['init', '--quiet'])
  await commit('The example')

  return {
    name,
    directory,
    scratch,
    async change(version) {
      await writeFile(join(directory, 'VERSION'), `${version}\n`)
      // The name makes it a change that no bench before has left in Docker's build cache.
      await appendFile(join(directory, template), `<!-- ${name} ${version} -->\n`)
      await commit(`Version ${version}`)
    },
    async undo() {
      await git('git', ['reset', '--hard', 'HEAD~1'])
    },
    remove: () => rm(scratch, { recursive: true, force: true }),
  }
}

/** TLS handshakes would take the load generator and nginx half of a small machine, and are not what is measured. */
async function leaveOutTls(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(/^x-muelle:$/m, 'x-muelle:\n  tls: "off"'))
}
