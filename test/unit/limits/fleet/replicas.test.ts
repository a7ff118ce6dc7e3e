import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createReplicas, type Replicas } from '../../../../src/limits/fleet/replicas.ts'

let living: readonly string[] = ['a', 'b', 'c']
let replicas: Replicas
const create = (replicaId: string): Replicas =>
  createReplicas({
    presence: { beat: async () => living.map((id) => ({ id, note: '' })) },
    replicaId,
    beatEveryMs: 1_000,
    note: () => '',
    onReplicas: () => undefined,
  })

beforeEach(() => {
  vi.useFakeTimers()
  living = ['a', 'b', 'c']
  replicas = create('b')
})
afterEach(() => {
  replicas.stop()
  vi.useRealTimers()
})

it('a list that was lost and is filled again does not make a fleet smaller', async () => {
  await replicas.beat()
  expect(replicas.place()).toEqual({ replicas: 3, index: 1 })
  living = ['b']
  await replicas.beat()
  expect(replicas.place()).toEqual({ replicas: 3, index: 1 })
  living = ['a', 'b', 'c', 'd']
  await replicas.beat()
  expect(replicas.place()).toEqual({ replicas: 4, index: 1 })
})

it('who is not heard of any more belongs to the fleet no more', async () => {
  await replicas.beat()
  living = ['b', 'c']
  await vi.advanceTimersByTimeAsync(5_000)
  expect(replicas.place()).toEqual({ replicas: 3, index: 1 })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(replicas.place()).toEqual({ replicas: 2, index: 0 })
})

it('who is not among those that live is one more', async () => {
  living = ['a', 'c']
  await replicas.beat()
  expect(replicas.place()).toEqual({ replicas: 3, index: 2 })
})

it('a fleet that was never seen is as large as it was before, until it is seen', async () => {
  let seen = false
  const young = createReplicas({
    presence: {
      beat: () =>
        seen ? Promise.resolve([{ id: 'a', note: '' }]) : Promise.reject(new Error('gone')),
    },
    replicaId: 'a',
    beatEveryMs: 1_000_000,
    knownBefore: 3,
    note: () => '',
    onReplicas: () => undefined,
  })
  await young.beat()
  expect(young.place()).toEqual({ replicas: 3, index: 2 })
  seen = true
  await young.beat()
  expect(young.place()).toEqual({ replicas: 1, index: 0 })
  young.stop()
})
