import { describe, expect, it } from 'vitest'
import { conductOf, valueOf } from '../../../src/campaigns/link/entity-conduct.ts'
import { createEntities, FLAG_PROVEN } from '../../../src/campaigns/link/entities.ts'
import { createEntityIndex } from '../../../src/campaigns/link/entity-index.ts'
import { CONDUCT_DAYS } from '../../../src/campaigns/judge/conduct.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'
import {
  A_DAY_MS,
  anObservation,
  aSketch,
  OBSERVED_FROM_MS,
  someTraits,
} from '../../support/observations.ts'

const someEntities = (maxEntities = 10_000) => {
  const forgotten: number[] = []
  const onForget = (rows: ReadonlySet<number>) => {
    forgotten.push(...rows)
  }
  return { forgotten, entities: createEntities({ maxEntities, maxClusters: 1_000, onForget }) }
}
const onDay = (day: number) => OBSERVED_FROM_MS + day * A_DAY_MS
const noInstruments = () => 0

describe('what is remembered of an entity', () => {
  it('is its calls on each whole day, without those before its first and those a limit cut off', () => {
    const { entities } = someEntities()
    const calls = [3, 0, 5, 2]
    for (const [day, count] of calls.entries()) {
      for (let n = 0; n < count; n++) {
        const verdict = day === 2 && n === 4 ? 'throttle' : 'allow'
        entities.take(anObservation({ atMs: onDay(day) + n, verdict }))
      }
    }
    const { dayCalls, weekCalls } = conductOf(entities.columns(), 0, onDay(3) + 9, noInstruments)
    expect(dayCalls).toHaveLength(CONDUCT_DAYS + 1)
    expect(dayCalls.slice(-4)).toEqual([3, 0, undefined, undefined])
    expect(dayCalls.slice(0, -4).every((of) => of === undefined)).toBe(true)
    expect(weekCalls).toBe(10)
    const later = conductOf(entities.columns(), 0, onDay(30), noInstruments)
    expect(later.weekCalls).toBe(0)
    expect(later.dayCalls.slice(0, -1).every((of) => of === 0)).toBe(true)
  })

  it('is whether it is proven as far as anybody last knew', () => {
    const { entities } = someEntities()
    const flagsAfter = (proven: boolean | undefined) => {
      const { row } = entities.take(anObservation({ proven }))
      return (entities.columns().flags[row] ?? 0) & FLAG_PROVEN
    }
    expect([undefined, true, undefined, false, undefined].map(flagsAfter)).toEqual([0, 1, 1, 0, 0])
  })

  it('is its networks in ten calls, countries of a day and contradictions', () => {
    const { entities } = someEntities()
    for (let n = 0; n < 40; n++) {
      const country = ['DE', 'FR', 'US', 'PL'][n % 4]
      const traits = someTraits({ contradicts: n % 2 === 0, environment: 5000 + (n % 6) })
      const still = { entity: 'still', network: 'home', country: 'DE' }
      entities.take(anObservation({ atMs: onDay(0) + n, network: `n${n}`, country, traits }))
      entities.take(anObservation({ atMs: onDay(0) + n, ...still, traits: someTraits() }))
    }
    const [moving, still] = [0, 1].map((row) =>
      conductOf(entities.columns(), row, onDay(1), noInstruments),
    )
    expect(moving?.networksPer10Calls).toBeGreaterThan(8)
    expect(moving?.countriesPerDay).toBeGreaterThanOrEqual(3)
    expect(moving).toMatchObject({ contradictions: 20, comparable: 40 })
    expect(moving?.environmentsPerWeek).toBeGreaterThanOrEqual(4)
    expect(moving?.rootsByCapability.chat).toBe(40)
    expect(still?.networksPer10Calls).toBeCloseTo(1, 1)
    expect(still?.countriesPerDay).toBe(1)
    expect(still?.comparable).toBe(0)
  })

  it('is one value for wordings that are alike, and others for others', () => {
    const { entities } = someEntities()
    const say = (entity: string, template = aSketch('one wording')) => {
      const { row } = entities.take(anObservation({ entity, traits: someTraits({ template }) }))
      return valueOf(entities.columns(), row, 'template')
    }
    const first = say('a')
    expect(say('b', aSketch('one wording', 'edited', 8))).toBe(first)
    expect(say('c', aSketch('another wording'))).not.toBe(first)
    expect(say('d', aSketch('one wording', 'rewritten', 28))).not.toBe(first)
  })

  it('has no more new wordings a day than anybody needs, so that nobody fills the memory alone', () => {
    const { entities } = someEntities()
    for (let n = 0; n < 100; n++)
      entities.take(anObservation({ traits: someTraits({ template: aSketch(`own ${n}`) }) }))
    expect(entities.templates()).toBe(16)
  })
})

it('beyond its bound those seen longest ago are forgotten', () => {
  const { entities, forgotten } = someEntities(800)
  for (let i = 0; i < 3_000; i++) {
    entities.take(anObservation({ entity: `e${i}`, atMs: onDay(Math.floor(i / 100)) }))
    expect(entities.size()).toBeLessThanOrEqual(800)
  }
  expect(forgotten.length).toBe(3_000 - entities.size())
  expect(entities.find('e2999')).toBeDefined()
  expect(entities.find('e0')).toBeUndefined()
  expect(entities.rows()).toBeLessThanOrEqual(800)
})

it('finds every name that was added and not removed, whatever was removed', () => {
  const random = createSeededRandom(5)
  const index = createEntityIndex()
  const model = new Map<string, number>()
  for (let n = 0; n < 20_000; n++) {
    const name = `name-${random(3_000)}`
    const row = model.get(name)
    if (row !== undefined && random(2) === 0) {
      index.remove(row)
      model.delete(name)
    } else model.set(name, index.add(name))
  }
  for (const [name, row] of model) expect(index.find(name)).toBe(row)
  expect(index.size()).toBe(model.size)
  expect(new Set(model.values()).size).toBe(model.size)
  const copy = createEntityIndex([...index.names()])
  for (const [name, row] of model) expect(copy.find(name)).toBe(row)
})
