import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { before, describe, test } from 'node:test'
import type * as TreeSitter from '@vscode/tree-sitter-wasm'
import { composeFile, published } from '../../test/support/app.ts'
import { ejected, textOf } from '../../test/support/ejection.ts'

const require = createRequire(import.meta.url)
const { Language, Parser } = require('@vscode/tree-sitter-wasm') as typeof TreeSitter
const plain = composeFile({ web: { image: 'nginx:1.30', ports: published } })
const odd = composeFile(
  {
    web: { build: { context: "/srv/shop/it's $here" }, ports: published },
    db: { image: 'postgres:15', volumes: [{ type: 'volume', source: 'data', target: '/data' }] },
  },
  { volumes: { data: { name: 'nfs_data', driver: 'local', driver_opts: { o: "addr=10.0.0.1,rw='x'" } } } },
)

describe('the scripts', () => {
  const start = textOf(ejected().files, 'start.sh')
  const position = (text: string): number => {
    assert.ok(start.includes(text), text)
    return start.indexOf(text)
  }

  test('do things in order', () => {
    const order = [
      'org.muelle.app=shop',
      'docker volume inspect shop_data',
      'docker compose build web',
      'docker compose up --detach --wait db redis',
      'docker compose run --rm -T release-command-1',
      'docker compose run --rm -T release-command-2',
      'docker compose up --detach\n',
      'https://shop.example.com/',
      './status.sh',
    ].map(position)
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    )
  })
  test('do nothing that the app does not need', () => {
    const text = textOf(ejected(plain).files, 'start.sh')
    assert.match(textOf(ejected(plain).files, 'update.sh'), /docker compose pull\nexec \.\/start\.sh /)
    assert.doesNotMatch(
      text,
      /compose (?:build|run)|--build|docker volume|--new-volumes|--wait|PROJECT_DIR|curl/,
    )
  })
  test('make a missing volume with the options that it had', () => {
    const { files } = ejected(odd)
    assert.match(
      textOf(files, 'start.sh'),
      /create --driver local --opt 'o=addr=10\.0\.0\.1,rw='\\''x'\\''' nfs_data/,
    )
    assert.match(
      textOf(files, 'start.ps1'),
      /create '--driver' 'local' '--opt' 'o=addr=10\.0\.0\.1,rw=''x''' 'nfs_data'/,
    )
  })
  test('wait for a good answer, which is another where nobody chose a path', () => {
    assert.match(start, /in \[1-4\]\?\?\)/)
    const strict = composeFile({
      web: { build: {}, ports: published, 'x-muelle': { port: 8000, health: '/health/' } },
    })
    assert.match(textOf(ejected(strict).files, 'start.sh'), /in \[23\]\?\?\)/)
  })
})

/** There is no PowerShell to run them with, so they are at least PowerShell. */
describe('the scripts for PowerShell', () => {
  let parser: TreeSitter.Parser

  before(async () => {
    await Parser.init()
    const grammar = '@vscode/tree-sitter-wasm/wasm/tree-sitter-powershell.wasm'
    parser = new Parser().setLanguage(await Language.load(require.resolve(grammar)))
  })
  const faults = (text: string): string[] => {
    const collect = (node: TreeSitter.Node): string[] => [
      ...(node.isError || node.isMissing ? [`${node.startPosition.row + 1}: ${node.text}`] : []),
      ...node.children.flatMap((child) => (child === null ? [] : collect(child))),
    ]
    const tree = parser.parse(text)
    assert.ok(tree)
    return collect(tree.rootNode)
  }

  for (const [what, file] of Object.entries({ everything: undefined, plain, odd })) {
    for (const name of ['start.ps1', 'stop.ps1', 'update.ps1', 'status.ps1']) {
      test(`${name} of an app with ${what}`, () => {
        assert.deepEqual(faults(textOf(ejected(file).files, name)), [])
      })
    }
  }
  test('a brace that is missing is seen', () => {
    const text = textOf(ejected().files, 'start.ps1')
    assert.notDeepEqual(faults(text.replace('\n}', '\n')), [])
  })
})
