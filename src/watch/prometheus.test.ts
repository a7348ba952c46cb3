import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderMetrics } from './prometheus.ts'

test('figures are in the text format, with what labels may hold escaped', () => {
  const labels = { app: 'shop', container: 'a"b\\c\nd' }
  const text = renderMetrics([
    { name: 'x_bytes', help: 'Bytes.', type: 'gauge', samples: [{ labels, value: 1.5 }] },
    { name: 'y_total', help: 'Times.', type: 'counter', samples: [{ labels: {}, value: 2 }] },
    { name: 'z', help: 'Nothing is known of it.', type: 'gauge', samples: [] },
  ])
  assert.equal(
    text,
    [
      '# HELP x_bytes Bytes.',
      '# TYPE x_bytes gauge',
      'x_bytes{app="shop",container="a\\"b\\\\c\\nd"} 1.5',
      '# HELP y_total Times.',
      '# TYPE y_total counter',
      'y_total 2',
      '',
    ].join('\n'),
  )
})
