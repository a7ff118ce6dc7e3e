import { expect, it } from 'vitest'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'
import { createDecisionRecord } from '../../../src/sinks/decision-record.ts'
import { aLimitState, anEvent, aRuling } from '../../support/an-event.ts'

const record = createDecisionRecord({
  addresses: 'network',
  hash: createKeyedHash(new Uint8Array(32), 'decisions'),
})
const fieldsOf = (changes: Parameters<typeof anEvent>[0]): { readonly [name: string]: unknown } =>
  // A record is an object by its table.
  JSON.parse(record(anEvent(changes))) as { readonly [name: string]: unknown }

it('a record says that a call was shed, under what pressure and with what wait', () => {
  const shed = { upstream: 'main', pressure: 0.75, retryAfterMs: 12_345.6 }
  const ruling = { ...aRuling(), verdict: 'throttle', admission: undefined, shed } as const
  expect(fieldsOf({ ruling, outcome: 'refused' })).toMatchObject({
    'stillwatch.ruling': 'throttle',
    'stillwatch.verdict': 'allow',
    'stillwatch.shed': { upstream: 'main', pressure: 0.75, retry_after_ms: 12_346 },
  })
  expect(fieldsOf({})).not.toHaveProperty(['stillwatch.shed'])
})

it('a record says that the shared counters could not be asked, and nothing where they could', () => {
  const ruling = aRuling({}, [aLimitState()])
  const { admission } = ruling
  if (admission === undefined) throw new Error('an admission was expected')
  const alone = { ...ruling, admission: { ...admission, degraded: true } }
  expect(fieldsOf({ ruling: alone })['stillwatch.degraded']).toBe(true)
  expect(fieldsOf({ ruling })).not.toHaveProperty(['stillwatch.degraded'])
})
