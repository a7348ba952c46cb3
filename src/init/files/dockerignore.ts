/** What never goes into an image: secrets, the history, caches, and what volumes hold. */
const always = [
  '.git*',
  '.env*',
  '!.env.example',
  '*.pem',
  '*.key',
  '.dockerignore',
  '**/.DS_Store',
  '.idea',
  '.vscode',
  'Dockerfile*',
  'compose*.y*ml',
  'docker-compose*.y*ml',
]

const byLanguage = {
  python: [
    '**/__pycache__',
    '**/*.py[co]',
    '.venv',
    'venv',
    '**/site-packages',
    '.pytest_cache',
    '.mypy_cache',
    '.ruff_cache',
    '.tox',
    '.coverage',
    'htmlcov',
    '**/node_modules',
    '*.sqlite3',
    '*.sql',
    '*.dump',
  ],
  node: [
    '**/node_modules',
    'npm-debug.log*',
    'coverage',
    '.next/cache',
    '.cache',
    '*.sqlite',
    '*.sql',
    '*.dump',
  ],
} as const

/** @param folders that volumes cover, in the project folder */
export function dockerignore(language: keyof typeof byLanguage, folders: readonly string[]): string {
  return [
    '# What is listed here never gets into an image. Secrets first.',
    ...always,
    '',
    ...byLanguage[language],
    ...(folders.length === 0 ? [] : ['', '# Volumes hold these.', ...folders]),
    '',
  ].join('\n')
}
