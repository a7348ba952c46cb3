import { type PlainCompose, renderCompose } from './compose.ts'
import type { EjectedFile, Ejection } from './ejection.ts'
import { exampleFile } from './environment.ts'
import { frontFiles } from './front.ts'
import { powerShellScripts } from './powershell.ts'
import { readme } from './readme.ts'
import { type Values, withoutSecrets } from './secrets.ts'
import { shellScripts } from './shell.ts'
import { tellStory } from './story.ts'
import { composeText } from './text.ts'

export interface Ejected {
  /** All but `.env`; the only secret in them is the private key of the certificate. */
  files: readonly EjectedFile[]
  /** For the file `.env`, once someone agreed that it is written. */
  values: Values
}

/** An app as a folder that runs without Muelle. Pure: equal input gives equal files. */
export function eject(ejection: Ejection): Ejected {
  const { file, values } = withoutSecrets(renderCompose(ejection), ejection.secrets)
  const text = composeText(file, ejection.release)
  const story = tellStory(ejection, text, dataVolumes(file))
  const files = [
    readme(ejection, story, values),
    { path: 'compose.yaml', text, mode: 0o600 },
    exampleFile(ejection, values),
    { path: '.gitignore', text: '.env\ntls/\n', mode: 0o644 },
    ...frontFiles(ejection),
    ...shellScripts(story),
    ...powerShellScripts(story),
  ]
  return { files, values }
}

function dataVolumes({ volumes }: PlainCompose): string[] {
  return Object.entries(volumes).flatMap(([key, volume]) => ('external' in volume ? [key] : []))
}
