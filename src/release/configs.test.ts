import assert from 'node:assert/strict'
import { test } from 'node:test'
import { built, composeFile } from '../../test/support/app.ts'
import { configsAsFiles } from './configs.ts'

test('an inline config becomes a file beside the rendered one, and others stay', () => {
  const configs = {
    banner: { name: 'shop_banner', content: 'costs $$5 and $$more\n' },
    known: { file: '/srv/shop/known.conf' },
  }
  const { file, texts } = configsAsFiles(
    composeFile({ web: built }, { configs }),
    '/state/releases/3/configs',
  )
  assert.deepEqual(file.configs, {
    banner: { name: 'shop_banner', file: '/state/releases/3/configs/banner' },
    known: { file: '/srv/shop/known.conf' },
  })
  assert.deepEqual(texts, [['/state/releases/3/configs/banner', 'costs $5 and $more\n']])
})

test('a file without inline configs is the same', () => {
  const file = composeFile({ web: built })
  assert.deepEqual(configsAsFiles(file, '/state'), { file, texts: [] })
})
