import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { App } from '../app/app.ts'
import type { ComposeFile } from '../app/compose.ts'
import type { Project } from '../engine/port.ts'
import { configsAsFiles } from './configs.ts'
import { releaseProject } from './names.ts'
import { checkProject } from './render-check.ts'
import { rehearsalProject } from './render-rehearsal.ts'
import { testProject } from './render-test.ts'

/** The rendered files of one app below the state folder, and the Compose projects that they define. */
export interface AppFiles {
  build(app: App): Project
  base(app: App): Project
  release(app: App, number: number): Project
  /** The project in which a release is tested. */
  test(app: App, number: number): Project
  /** The project in which release commands are rehearsed. */
  rehearsal(app: App): Project
  /** The project in which an image is asked what it would run with. */
  check(app: App): Project
  write(project: Project, file: ComposeFile): Promise<void>
  /** A rendered file as it is now; undefined when it is gone. */
  read(project: Project): Promise<ComposeFile | undefined>
  /** The base file as it was last applied. */
  keepBase(file: ComposeFile): Promise<void>
  readBase(app: App): Promise<ComposeFile | undefined>
  /** The model that a release was deployed from, kept beside its file. */
  keepModel(app: App, number: number): Promise<void>
  readModel(name: string, number: number): Promise<App | undefined>
  /** The model that was last tried, so that an app can be taken down whose first deployment failed. */
  keepLatest(app: App): Promise<void>
  readLatest(name: string): Promise<App | undefined>
  forgetRelease(name: string, number: number): Promise<void>
  forgetApp(name: string): Promise<void>
}

const header = '# Rendered by Muelle. It runs without Muelle too: docker compose -f FILE up -d\n'

export function createAppFiles(home: string): AppFiles {
  const appFolder = (name: string): string => join(home, 'apps', name)
  const releaseFolder = (name: string, number: number): string =>
    join(appFolder(name), 'releases', String(number))
  const model = (name: string, number: number): string => join(releaseFolder(name, number), 'app.json')
  const baseModel = (name: string): string => join(appFolder(name), 'base.json')

  return {
    build: (app) => ({
      name: app.name,
      app: app.name,
      file: join(appFolder(app.name), 'build.yaml'),
      directory: app.directory,
    }),
    base: (app) => ({
      name: app.name,
      app: app.name,
      file: join(appFolder(app.name), 'base.yaml'),
      directory: app.directory,
    }),
    release: (app, number) => ({
      name: releaseProject(app.name, number),
      app: app.name,
      file: join(releaseFolder(app.name, number), 'compose.yaml'),
      directory: app.directory,
    }),

    test: (app, number) => ({
      name: testProject(app.name, number),
      app: app.name,
      file: join(releaseFolder(app.name, number), 'test.yaml'),
      directory: app.directory,
    }),
    rehearsal: (app) => ({
      name: rehearsalProject(app.name),
      app: app.name,
      file: join(appFolder(app.name), 'rehearsal.yaml'),
      directory: app.directory,
    }),
    check: (app) => ({
      name: checkProject(app.name),
      app: app.name,
      file: join(appFolder(app.name), 'check.yaml'),
      directory: app.directory,
    }),

    write: async (project, rendered) => {
      const { stringify } = await import('yaml')
      const { file, texts } = configsAsFiles(rendered, join(dirname(project.file), 'configs'))
      // Whoever the user is in the container must be able to read it; nobody else passes the state folder.
      for (const [path, text] of texts) await writeAtomically(path, text, 0o644)
      await writeAtomically(project.file, header + stringify(file, { aliasDuplicateObjects: false }))
    },
    read: async (project) => {
      const text = await readFile(project.file, 'utf8').catch(() => undefined)
      if (text === undefined) return undefined
      const { parse } = await import('yaml')
      return parse(text) as ComposeFile
    },
    keepBase: (file) => writeAtomically(baseModel(file.name), JSON.stringify(file)),
    readBase: (app) => readJson<ComposeFile>(baseModel(app.name)),

    keepModel: (app, number) => writeAtomically(model(app.name, number), JSON.stringify(app)),
    readModel: (name, number) => readJson<App>(model(name, number)),
    keepLatest: (app) => writeAtomically(join(appFolder(app.name), 'app.json'), JSON.stringify(app)),
    readLatest: (name) => readJson<App>(join(appFolder(name), 'app.json')),
    forgetRelease: (name, number) => rm(releaseFolder(name, number), { recursive: true, force: true }),
    forgetApp: (name) => rm(appFolder(name), { recursive: true, force: true }),
  }
}

async function writeAtomically(file: string, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.next`, text, { flush: true, mode })
  await rename(`${file}.next`, file)
}

async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as T)
}
