import { describe, expect, it } from 'vitest'
import {
  createTroubleWatch,
  troubleCause,
  unexpectedStatus,
  type Trouble,
} from '../../../src/signals/account-trouble.ts'

const coded = (code: string): Error => Object.assign(new Error('secret'), { code })
const MINUTE_MS = 60_000

describe('the word for why a service did not answer', () => {
  it.each([
    [unexpectedStatus(500), 'http 500'],
    [coded('ECONNREFUSED'), 'ECONNREFUSED'],
    [coded('UND_ERR_HEADERS_TIMEOUT'), 'timeout'],
    [new DOMException('too late', 'TimeoutError'), 'timeout'],
    [new Error('https://user:password@host'), 'failed'],
    ['thrown', 'failed'],
  ])('of %s is %s', (error, word) => {
    expect(troubleCause(error)).toBe(word)
  })
})

describe('the watch over a service', () => {
  const watched = () => {
    const told: Trouble[] = []
    return { told, watch: createTroubleWatch((trouble) => void told.push(trouble)) }
  }
  const failed = { error: coded('ECONNREFUSED'), broken: false }

  it('tells of the first failure and of the return, whatever number of calls there is', () => {
    const { told, watch } = watched()
    for (let n = 0; n < 100; n++) watch.succeeded(n)
    for (let n = 100; n < 200; n++) watch.failed({ ...failed, broken: n > 104 }, n)
    for (let n = 200; n < 300; n++) watch.succeeded(n)
    expect(told).toEqual([
      { down: true, cause: 'ECONNREFUSED' },
      { down: false, cause: 'ECONNREFUSED' },
    ])
  })

  it('tells at most once a minute of one that fails now and then', () => {
    const { told, watch } = watched()
    for (let ms = 0; ms < 10 * MINUTE_MS; ms += 100) {
      watch.failed(failed, ms)
      watch.succeeded(ms + 50)
    }
    expect(told.length).toBe(20)
  })

  it('tells at once of one that breaks soon after its return', () => {
    const { told, watch } = watched()
    watch.failed(failed, 0)
    watch.succeeded(1)
    watch.failed(failed, 2)
    expect(told.length).toBe(2)
    watch.failed({ ...failed, broken: true }, 3)
    expect(told.at(-1)).toEqual({ down: true, cause: 'ECONNREFUSED' })
  })

  it('goes on where the listener throws, and without one', () => {
    const watch = createTroubleWatch(() => {
      throw new Error('broken listener')
    })
    expect(() => watch.failed(failed, 0)).not.toThrow()
    expect(() => createTroubleWatch(undefined).failed(failed, 0)).not.toThrow()
  })
})
