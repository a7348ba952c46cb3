import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { environmentUses } from './environment.ts'
import { readPath } from './paths.ts'
import { readRequirements } from './requirements.ts'
import { readPython } from './syntax.ts'
import { pythonVersion } from './version.ts'

const sourcesOf = (files: Record<string, string>) => ({ folder: 'shop', files, unreadable: [] })
const usesIn = (text: string) =>
  environmentUses(readPython(text)).map(({ name, setting, key, isRequired, fallback }) => ({
    name,
    setting,
    key,
    isRequired,
    fallback,
  }))

describe('a Python file', () => {
  test('has its assignments, with keys, lines and what is conditional', () => {
    const { assignments, stars } = readPython(
      'from .base import *\nA = 1\nif x:\n    B["k"]["l"] = 2\nC: int = 3\n',
    )
    assert.deepEqual(stars, ['.base'])
    assert.deepEqual(
      assignments.map(({ name, keys, text, line, isConditional }) => [name, keys, text, line, isConditional]),
      [
        ['A', [], '1', 2, false],
        ['B', ['k', 'l'], '2', 4, true],
        ['C', [], '3', 5, false],
      ],
    )
  })
  test('gives the value of a chain of assignments to each of them', () => {
    const { assignments, calls } = readPython('A = B["k"] = not DEBUG\nC = D = env("X")\n')
    assert.deepEqual(
      assignments.map(({ name, keys, text, line }) => [name, keys, text, line]),
      [
        ['A', [], 'not DEBUG', 1],
        ['B', ['k'], 'not DEBUG', 1],
        ['C', [], 'env("X")', 2],
        ['D', [], 'env("X")', 2],
      ],
    )
    assert.deepEqual(
      calls.filter(({ first }) => first === 'X').map(({ target }) => target?.name),
      ['C', 'D'],
    )
  })
  test('that is none, or broken, gives what can be told', () => {
    assert.deepEqual(readPython('').assignments, [])
    assert.deepEqual(readPython('DEBUG = True\nX = {"a": \n').assignments[0]?.name, 'DEBUG')
    assert.doesNotThrow(() => readPython('\u0000}{)('))
  })
})

describe('variables of the environment', () => {
  test('are found with the setting that they go into', () => {
    const text =
      'DATABASES = {"default": {"HOST": os.environ.get("DB_HOST", "localhost"), "NAME": os.environ["N"]}}'
    assert.deepEqual(usesIn(text), [
      { name: 'DB_HOST', setting: 'DATABASES', key: 'HOST', isRequired: false, fallback: '"localhost"' },
      { name: 'N', setting: 'DATABASES', key: 'NAME', isRequired: true, fallback: undefined },
    ])
  })
  for (const [what, text, name, isRequired] of [
    ['os.getenv', 'X = getenv("A")', 'A', false],
    ['python-decouple', 'X = config("A", cast=bool)', 'A', true],
    ['python-decouple with a default', 'X = config("A", default=False, cast=bool)', 'A', false],
    ['django-environ', 'X = env("A")', 'A', true],
    ['django-environ by type', 'X = env.bool("A", False)', 'A', false],
    ['django-environ with a scheme', 'env = environ.Env(A=(bool, False))\nX = env("A")', 'A', false],
    ['django-environ without a name', 'DATABASES = {"default": env.db()}', 'DATABASE_URL', true],
    [
      'dj-database-url',
      'DATABASES = {"default": dj_database_url.config(conn_max_age=60)}',
      'DATABASE_URL',
      false,
    ],
    ['a helper of the project', 'X = env.required("A")', 'A', true],
    ['a key of Flask', 'app.config["SECRET_KEY"] = os.environ["A"]', 'A', true],
  ] as const) {
    test(`are found when read by ${what}`, () => {
      const [use, ...others] = usesIn(text)
      assert.deepEqual([use?.name, use?.isRequired, others], [name, isRequired, []])
    })
  }
  test('are not what only looks like one', () => {
    assert.deepEqual(
      usesIn('X = config("some.file")\nY = d.get("A")\nZ = "os.environ"\n# os.environ["C"]\n'),
      [],
    )
  })
})

describe('a path in the settings', () => {
  const base = { text: 'Path(__file__).resolve().parent.parent', file: 'shop/settings.py' }
  const read = (
    text: string,
    variables: Record<string, { text: string; file: string }> = { BASE_DIR: base },
  ) => readPath({ text, file: 'shop/settings.py' }, (name) => variables[name])
  for (const [text, path] of [
    ['BASE_DIR / "static" / "all"', 'static/all'],
    ["os.path.join(BASE_DIR, 'media')", 'media'],
    ['str(BASE_DIR / "media")', 'media'],
    ['BASE_DIR.parent / "media"', 'media'],
    ['"/var/www/static"', '/var/www/static'],
    ['unknown()', undefined],
    ['ELSEWHERE / "x"', undefined],
  ] as const)
    test(`${text} is ${path}`, () => assert.equal(read(text), path))
  test('counts dirname() and deeper settings', () => {
    const deep = {
      text: 'os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))',
      file: 'backend/shop/settings/base.py',
    }
    assert.equal(read('os.path.join(BASE_DIR, "static")', { BASE_DIR: deep }), 'backend/static')
  })
  test('that goes in a circle is not told', () => {
    assert.equal(read('A / "x"', { A: { text: 'A / "y"', file: 'a.py' } }), undefined)
  })
})

describe('the version of Python', () => {
  for (const [file, text, version] of [
    ['.python-version', '3.11.4\n', '3.11'],
    ['runtime.txt', 'python-3.13.1', '3.13'],
    ['Pipfile', '[requires]\npython_version = "3.11"\n', '3.11'],
    ['pyproject.toml', '[project]\nrequires-python = ">=3.10"\n', '3.12'],
    ['pyproject.toml', '[project]\nrequires-python = ">=3.13"\n', '3.13'],
    ['pyproject.toml', '[project]\nrequires-python = ">=3.9,<3.12"\n', '3.11'],
    ['pyproject.toml', '[tool.poetry.dependencies]\npython = "~3.11"\n', '3.11'],
    ['pyproject.toml', 'not [ toml', '3.12'],
  ] as const)
    test(`of ${file} with ${text.trim().replaceAll('\n', ' ')} is ${version}`, () => {
      assert.equal(pythonVersion(sourcesOf({ [file]: text }), '').version, version)
    })
})

describe('requirements', () => {
  test('follow the files that they include, once', () => {
    const found = readRequirements(
      sourcesOf({
        'requirements/base.txt': 'Django>=4\n-r production.txt\n',
        'requirements/production.txt': '-r base.txt\ngunicorn==23 # server\nCelery[redis]>=5\n',
      }),
      '',
    )
    assert.equal(found.file, 'requirements/production.txt')
    assert.deepEqual([...found.packages].toSorted(), ['celery', 'celery[redis]', 'django', 'gunicorn'])
    assert.deepEqual(found.needs, ['requirements/production.txt', 'requirements/base.txt'])
  })
  test('of a subfolder come before those of the project', () => {
    const sources = sourcesOf({ 'backend/requirements.txt': 'django', 'requirements.txt': 'flask' })
    assert.equal(readRequirements(sources, 'backend').file, 'backend/requirements.txt')
  })
  for (const [kind, files] of [
    ['uv', { 'pyproject.toml': '', 'uv.lock': '[[package]]\nname = "gunicorn"\n' }],
    ['poetry', { 'pyproject.toml': '', 'poetry.lock': '[[package]]\nname = "gunicorn"\n' }],
    ['pipenv', { Pipfile: '', 'Pipfile.lock': '{\n    "default": {\n        "gunicorn": {\n' }],
    ['pyproject', { 'pyproject.toml': '[project]\ndependencies = ["gunicorn>=20"]\n' }],
    ['none', { 'pyproject.toml': '[tool.ruff]\n' }],
  ] as const)
    test(`are recognised as those of ${kind}`, () => {
      const found = readRequirements(sourcesOf(files), '')
      assert.equal(found.kind, kind)
      assert.equal(found.packages.has('gunicorn'), kind !== 'none')
    })
})
