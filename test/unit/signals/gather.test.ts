import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FACT_NAMES, Facts, UNKNOWN, type Findings } from '../../../src/core/facts.ts'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'
import type { SignalSource } from '../../../src/core/seams.ts'
import { createGather, type Gather } from '../../../src/signals/gather.ts'
import { aCall } from '../../support/a-call.ts'

const stackHash = createKeyedHash(new Uint8Array(32), 'client stack')

const aSource = (
  read: SignalSource['read'],
  changes: Partial<SignalSource> = {},
): SignalSource => ({
  name: 'test',
  provides: ['ip.country', 'ip.asn'],
  budgetMs: 20,
  wave: 0,
  read,
  ...changes,
})

const gathering = (...sources: SignalSource[]) => {
  const misses: [string, string, unknown][] = []
  const gather = createGather({
    sources,
    stackHash,
    onMiss: (source, why, error) => misses.push([source, why, error]),
  })
  return { gather, misses }
}

const never = (): Promise<Findings> => new Promise(() => {})

/** The facts of a call, with the clock of the timers moved on past the usual budget. */
const gathered = async (gather: Gather, passMs = 50): Promise<Facts> => {
  const facts = gather(aCall())
  await vi.advanceTimersByTimeAsync(passMs)
  return facts
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('gathering the facts of a call', () => {
  it('is synchronous as long as every source answers at once', () => {
    const { gather } = gathering(
      aSource(() => ({ 'ip.country': 'FR' })),
      aSource((_, facts) => ({ 'risk.score': facts.known('ip.country') === 'FR' ? 1 : 0 }), {
        wave: 1,
        provides: ['risk.score'],
      }),
    )
    const facts = gather(aCall())
    expect(facts).toBeInstanceOf(Facts)
    if (!(facts instanceof Facts)) return
    expect(facts.get('ip.country')).toBe('FR')
    expect(facts.get('risk.score')).toBe(1)
  })

  it('says why a fact is unknown: not found, not configured, failed, late', async () => {
    const { gather, misses } = gathering(
      aSource(() => ({ 'ip.country': 'FR' })),
      aSource(
        () => {
          throw new Error('broken')
        },
        { name: 'throws', provides: ['account.id'] },
      ),
      aSource(() => Promise.reject(new Error('gone')), {
        name: 'rejects',
        provides: ['account.plan'],
      }),
      aSource(never, { name: 'hangs', provides: ['payment.status'] }),
    )
    const facts = await gathered(gather)
    expect(facts.get('ip.asn')).toBe(UNKNOWN.absent)
    expect(facts.get('ip.kind')).toBe(UNKNOWN.no_source)
    expect(facts.get('account.id')).toBe(UNKNOWN.failed)
    expect(facts.get('account.plan')).toBe(UNKNOWN.failed)
    expect(facts.get('payment.status')).toBe(UNKNOWN.late)
    expect(misses.map(([source, why]) => `${source} ${why}`).toSorted()).toEqual([
      'hangs late',
      'rejects failed',
      'throws failed',
    ])
  })

  it('asks wave 1 only after all of wave 0, and wave 0 without a sheet to read', async () => {
    const order: string[] = []
    const { gather } = gathering(
      aSource(
        async (_, facts) => {
          await Promise.resolve()
          order.push(`slow sees ${Object.keys(facts.toJSON()).length}`)
          return { 'ip.country': 'FR' }
        },
        { budgetMs: 5_000 },
      ),
      aSource(
        (_, facts) => {
          order.push(`later sees ${facts.known('ip.country')}`)
          return {}
        },
        { wave: 1, provides: ['risk.score'] },
      ),
    )
    await gathered(gather)
    expect(order).toEqual(['slow sees 0', 'later sees FR'])
  })

  it('keeps a source of wave 0 from writing into a sheet', () => {
    const { gather } = gathering(
      aSource((_, facts) => {
        facts.set('account.id', 'acct_forged')
        return {}
      }),
    )
    const facts = gather(aCall())
    expect(facts instanceof Facts && facts.get('account.id')).toBe(UNKNOWN.no_source)
  })

  it('never lets a late source write into the sheet', async () => {
    let answer: ((findings: Findings) => void) | undefined
    let sheet: Facts | undefined
    const { gather } = gathering(
      aSource(() => new Promise((resolve) => (answer = resolve))),
      aSource(
        (_, facts) => {
          sheet = facts
          return never()
        },
        { wave: 1, provides: ['risk.score'] },
      ),
    )
    const facts = await gathered(gather)
    answer?.({ 'ip.country': 'FR' })
    sheet?.set('risk.score', 99)
    await Promise.resolve()
    expect(facts.get('ip.country')).toBe(UNKNOWN.late)
    expect(facts.get('risk.score')).toBe(UNKNOWN.late)
  })

  it('swallows what a late source throws afterwards', async () => {
    let fail: ((error: Error) => void) | undefined
    const { gather, misses } = gathering(aSource(() => new Promise((_, reject) => (fail = reject))))
    await gathered(gather)
    fail?.(new Error('far too late'))
    await vi.advanceTimersByTimeAsync(50)
    expect(misses).toEqual([['test', 'late', undefined]])
  })

  it('leaves no timer behind, whether a source answered, failed or was late', async () => {
    const { gather } = gathering(
      aSource(() => Promise.resolve({ 'ip.country': 'FR' }), { budgetMs: 50_000 }),
      aSource(() => Promise.reject(new Error('gone')), { budgetMs: 50_000 }),
      aSource(never),
    )
    await gathered(gather)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('gives each source its own budget', async () => {
    const { gather } = gathering(
      aSource(never, { budgetMs: 1, provides: ['account.id'] }),
      aSource(
        () => new Promise((resolve) => setTimeout(() => resolve({ 'ip.country': 'FR' }), 15)),
        { budgetMs: 10_000 },
      ),
    )
    const facts = await gathered(gather)
    expect(facts.get('account.id')).toBe(UNKNOWN.late)
    expect(facts.get('ip.country')).toBe('FR')
  })

  it('takes the first source that knows a fact, whichever answers first', async () => {
    const { gather } = gathering(
      aSource(
        async () => {
          await new Promise((resolve) => setImmediate(resolve))
          return { 'ip.country': 'FR' }
        },
        { budgetMs: 5_000 },
      ),
      aSource(() => ({ 'ip.country': 'DE', 'ip.asn': 64_500 })),
    )
    const facts = await gathered(gather)
    expect(facts.get('ip.country')).toBe('FR')
    expect(facts.get('ip.asn')).toBe(64_500)
  })

  it('does not hide a failure behind the absence another source reports', () => {
    const { gather } = gathering(
      aSource(() => ({ 'ip.country': UNKNOWN.failed })),
      aSource(() => ({})),
    )
    const facts = gather(aCall())
    expect(facts instanceof Facts && facts.get('ip.country')).toBe(UNKNOWN.failed)
  })

  it.each([null, undefined, 'text', 7])('treats an answer of %s as a failure', async (lie) => {
    // A source that breaks its types, which the compiler alone enforces.
    const lying = JSON.parse(JSON.stringify(lie ?? null)) as Findings
    const { gather } = gathering(
      aSource(() => lying),
      aSource(() => Promise.resolve(lying), { provides: ['account.id'] }),
    )
    const facts = await gathered(gather)
    expect(facts.get('ip.country')).toBe(UNKNOWN.failed)
    expect(facts.get('account.id')).toBe(UNKNOWN.failed)
  })

  it('survives a counter of misses that throws', () => {
    const onMiss = vi.fn(() => {
      throw new Error('metrics are broken')
    })
    const broken = aSource(() => {
      throw new Error('broken')
    })
    const facts = createGather({ sources: [broken], stackHash, onMiss })(aCall())
    expect(facts instanceof Facts && facts.get('ip.country')).toBe(UNKNOWN.failed)
    expect(onMiss).toHaveBeenCalledOnce()
  })

  it('ignores findings that a source does not provide', () => {
    const { gather } = gathering(aSource(() => ({ 'account.id': 'acct_forged' })))
    const facts = gather(aCall())
    expect(facts instanceof Facts && facts.get('account.id')).toBe(UNKNOWN.no_source)
  })

  it('keeps the sheets of calls apart', () => {
    const { gather } = gathering(
      aSource((call) => (call.caller.address === '192.0.2.1' ? { 'ip.country': 'FR' } : {})),
    )
    const first = gather(aCall({ caller: { address: '192.0.2.1', network: '192.0.2.0/24' } }))
    const second = gather(aCall())
    expect(first instanceof Facts && first.get('ip.country')).toBe('FR')
    expect(second instanceof Facts && second.get('ip.country')).toBe(UNKNOWN.absent)
  })

  it('leaves every fact of no source as it is', () => {
    const { gather } = gathering()
    const facts = gather(aCall())
    if (!(facts instanceof Facts)) throw new Error('a promise without a source')
    for (const name of FACT_NAMES.filter((one) => !/^(caller|request)\./.test(one))) {
      expect(facts.get(name), name).toBe(UNKNOWN.no_source)
    }
  })
})
