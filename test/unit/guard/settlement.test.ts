import { describe, expect, it } from 'vitest'
import type { Ending } from '../../../src/core/seams.ts'
import { estimateCost, NOTHING_USED, settlementOf } from '../../../src/guard/settlement.ts'
import { aCall } from '../../support/a-call.ts'

const OUTPUT = () => ({ byDefault: 1_000, atMost: 30_000 })
const RESERVED = { inputTokens: 50, outputTokens: 1_000, nanoUsd: 0 }

const ending = (changes: Partial<Ending> = {}): Ending => ({
  kind: 'complete',
  fault: undefined,
  usage: undefined,
  estimatedOutputTokens: 0,
  bytesOut: 0,
  ...changes,
})

describe('what is reserved', () => {
  it.each([
    ['the cap of the caller for every candidate', { maxTokens: 200, candidates: 3 }, 600],
    ['the default of the model without a cap', {}, 1_000],
    ['one token at least, also for a cap of 0', { maxTokens: 0 }, 1],
    ['the most a model gives for work nobody waits for', { background: true }, 30_000],
    ['the cap of the caller for such work too', { background: true, maxTokens: 200 }, 200],
  ])('is %s', (_, ask, outputTokens) => {
    expect(estimateCost(aCall({ ask }), OUTPUT)).toMatchObject({ inputTokens: 8, outputTokens })
  })

  it('covers every answer of a job, with the default where it names no cap', () => {
    const route = {
      operation: 'batches.create',
      kind: 'batch',
      metering: 'submit',
      body: 'json',
    } as const
    expect(estimateCost(aCall({ route, ask: { candidates: 100 } }), OUTPUT).outputTokens).toBe(
      100_000,
    )
  })

  it('is input alone for embeddings, and nothing for a list', () => {
    const embed = {
      operation: 'embeddings.create',
      kind: 'embed',
      metering: 'embed',
      body: 'json',
    } as const
    const list = {
      operation: 'models.list',
      kind: 'list',
      metering: 'request',
      body: 'none',
    } as const
    expect(estimateCost(aCall({ route: embed }), OUTPUT)).toMatchObject({
      inputTokens: 8,
      outputTokens: 0,
    })
    expect(estimateCost(aCall({ route: list }), OUTPUT)).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
    })
  })
})

describe('what is settled', () => {
  const usage = (inputTokens: number | undefined, outputTokens: number | undefined) => ({
    usage: { inputTokens, outputTokens },
  })

  it.each<[string, Partial<Ending>, number | undefined, object]>([
    [
      'what was reported',
      usage(40, 70),
      200,
      { cost: { inputTokens: 40, outputTokens: 70, nanoUsd: 0 }, from: 'reported' },
    ],
    [
      'an explicit zero as zero',
      usage(40, 0),
      200,
      { cost: { inputTokens: 40, outputTokens: 0, nanoUsd: 0 }, from: 'reported' },
    ],
    ['the reservation without a report', {}, 200, { cost: RESERVED, from: 'estimated' }],
    [
      'the reserved part a report leaves out',
      usage(undefined, 70),
      200,
      { cost: { inputTokens: 50, outputTokens: 70, nanoUsd: 0 }, from: 'reported' },
    ],
    ['nothing where the upstream refused', {}, 429, NOTHING_USED],
    [
      'what a refusal reports',
      usage(40, 0),
      400,
      { cost: { inputTokens: 40, outputTokens: 0, nanoUsd: 0 }, from: 'reported' },
    ],
    [
      'input and the bytes that passed where the caller left',
      { kind: 'client_gone', estimatedOutputTokens: 33 },
      200,
      { cost: { inputTokens: 50, outputTokens: 33, nanoUsd: 0 }, from: 'estimated' },
    ],
    [
      'no less than passed, whatever an unfinished stream reported so far',
      { kind: 'client_gone', estimatedOutputTokens: 33, ...usage(40, 1) },
      200,
      { cost: { inputTokens: 40, outputTokens: 33, nanoUsd: 0 }, from: 'estimated' },
    ],
    [
      'input where the caller left before the head',
      { kind: 'client_gone' },
      undefined,
      { cost: { inputTokens: 50, outputTokens: 0, nanoUsd: 0 }, from: 'estimated' },
    ],
    [
      'what was reported before the upstream broke off',
      { kind: 'broken', fault: 'upstream_broken', estimatedOutputTokens: 10, ...usage(40, 70) },
      200,
      { cost: { inputTokens: 40, outputTokens: 70, nanoUsd: 0 }, from: 'reported' },
    ],
  ])('is %s', (_, changes, status, wanted) => {
    expect(settlementOf(ending(changes), status, RESERVED, false)).toEqual(wanted)
  })

  it('keeps the reservation of background work on every ending, for leaving stops nothing', () => {
    const left = ending({ kind: 'client_gone', estimatedOutputTokens: 5 })
    expect(settlementOf(left, 200, RESERVED, true).cost).toEqual(RESERVED)
    const started = ending({ usage: { inputTokens: 40, outputTokens: 0 } })
    expect(settlementOf(started, 200, RESERVED, true).cost).toMatchObject({
      inputTokens: 40,
      outputTokens: 1_000,
    })
  })
})
