import { finalStages, lastOf, readDockerfile } from '../app/dockerfile.ts'
import { type Choices, type Findings, mayReplace } from './blueprint.ts'
import { imageFolder } from './django/files.ts'
import type { Sources } from './sources.ts'

/**
 * A Dockerfile that is there stays, unless somebody says otherwise: then the port and the folders are those of it, and
 * there is no need for what belongs to the one that would have been written.
 */
export function keepDockerfile(findings: Findings, { files }: Sources, choices: Choices): Findings {
  const text = files['Dockerfile']
  const { blueprint } = findings
  const own = blueprint.files.find(({ path }) => path === 'Dockerfile')
  if (text === undefined || own === undefined || text === own.text || mayReplace(choices, 'Dockerfile'))
    return findings
  const stages = finalStages(readDockerfile('Dockerfile', text))
  const exposed = Number(/^\d+/.exec(lastOf(stages, 'EXPOSE')?.rest ?? '')?.[0] ?? blueprint.port)
  const folder = lastOf(stages, 'WORKDIR')?.rest.replace(/\/$/, '') ?? imageFolder
  const moved = (target: string): string =>
    target.startsWith(`${imageFolder}/`) ? `${folder}${target.slice(imageFolder.length)}` : target
  return {
    ...findings,
    blueprint: {
      ...blueprint,
      port: choices.port ?? exposed,
      volumes: blueprint.volumes.map((mount) => ({ ...mount, target: moved(mount.target) })),
      files: blueprint.files.filter(
        ({ path }) => path !== 'Dockerfile' && !path.endsWith('gunicorn.conf.py'),
      ),
    },
    notes: [
      ...findings.notes,
      `The Dockerfile is there already and stays. Its port is taken to be ${choices.port ?? exposed}, its folder ${folder}; folders that volumes cover have to belong to the user that it runs as. Another one in its place:  --overwrite`,
    ],
  }
}
