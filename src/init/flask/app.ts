import { readPython } from '../python/syntax.ts'
import { moduleName, pathsLike, type Sources } from '../sources.ts'

export interface FlaskApp {
  file: string
  /** For Gunicorn: `app:app`, or `shop:create_app()`. */
  target: string
}

const likely = ['wsgi.py', 'app.py', 'main.py', 'application.py', 'run.py', 'server.py']

/** The app object of a Flask project, or the function that makes it. */
export function findFlask(sources: Sources): FlaskApp | undefined {
  const paths = pathsLike(sources, /\.py$/).filter((path) => !/(?:^|\/)(?:tests?|migrations)\//.test(path))
  const rank = (path: string): number => likely.indexOf(path) + 1 || likely.length + 1
  const apps = paths
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap((file): FlaskApp[] => {
      const object = objectIn(sources.files[file] ?? '')
      return object === undefined ? [] : [{ file, target: `${moduleName('', file)}:${object}` }]
    })
  return apps.find(({ target }) => !target.endsWith('()')) ?? apps[0]
}

function objectIn(text: string): string | undefined {
  if (!/\bFlask\(|create_app|make_app|import app\b|import application\b/.test(text)) return undefined
  const { assignments } = readPython(text)
  const own = assignments.find(
    ({ name, text: value, isConditional }) =>
      !isConditional &&
      /^(?:flask\.)?Flask\(|^(?:\w+\.)*(?:create|make)_app\(/.test(value) &&
      /^\w+$/.test(name),
  )
  if (own !== undefined) return own.name
  const imported = /^from\s+\S+\s+import\s+(?:\w+\s+as\s+)?(app|application)\b/m.exec(text)?.[1]
  if (imported !== undefined) return imported
  const factory = /^def ((?:create|make)_app)\(\s*(?:\)|[^)]*=)/m.exec(text)?.[1]
  return factory === undefined ? undefined : `${factory}()`
}
