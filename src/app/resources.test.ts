import assert from 'node:assert/strict'
import { test } from 'node:test'
import { built, composeFile, published } from '../../test/support/app.ts'
import type { Service } from './app.ts'
import type { ComposeService } from './compose.ts'
import { readApp } from './read-app.ts'
import { addUp, limitsOf, reservationsOf } from './resources.ts'

function service(more: Partial<ComposeService>): Service {
  const file = composeFile({ web: { ...built, ports: published, ...more } })
  return readApp(file, '/srv/shop').services[0] as Service
}

test('limits and reservations are read in either notation', () => {
  const resources = {
    limits: { memory: '1073741824', cpus: 0.5 },
    reservations: { memory: '10485760', cpus: 0.25 },
  }
  const newer = service({ deploy: { resources } })
  assert.deepEqual(limitsOf(newer), { memory: 1_073_741_824, cpus: 0.5 })
  assert.deepEqual(reservationsOf(newer), { memory: 10_485_760, cpus: 0.25 })
  const older = service({ cpus: 1.5, mem_limit: '104857600', mem_reservation: '10485760' })
  assert.deepEqual(limitsOf(older), { memory: 104_857_600, cpus: 1.5 })
  assert.deepEqual(reservationsOf(older), { memory: 10_485_760, cpus: undefined })
})

test('no limit, and one of 0, is none', () => {
  const none = { memory: undefined, cpus: undefined }
  assert.deepEqual(limitsOf(service({})), none)
  assert.deepEqual(limitsOf(service({ cpus: 0, mem_limit: '0' })), none)
})

test('together they take the sum, or an unknown when one of them does not tell', () => {
  const limited = { memory: 100, cpus: 0.5 }
  assert.deepEqual(addUp([limited, limited]), { memory: 200, cpus: 1 })
  assert.deepEqual(addUp([limited, { memory: 1, cpus: undefined }]), { memory: 101, cpus: undefined })
  assert.deepEqual(addUp([]), { memory: 0, cpus: 0 })
})
