import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../src/core/event.ts'
import type { Sink } from '../../src/core/seams.ts'
import { NAUGHTY } from '../fixtures/naughty.ts'
import { aCall } from '../support/a-call.ts'
import { anEvent, aRefusedArrival, aRuling, someFacts } from '../support/an-event.ts'

const odd = (text: string): CallEvent =>
  anEvent({
    call: aCall({ path: text, ask: { model: text } }),
    arrival: { id: text, atMs: NaN, method: text, path: text, peerAddress: text },
    facts: someFacts({ 'account.id': text, 'caller.user_agent': text }),
    ruling: aRuling({ rule: text, tags: [text] }),
    verbMs: { read: NaN },
    totalMs: -1,
  })

/** What every sink promises, whatever it does with an event. */
export const describeSink = (name: string, create: () => Sink | Promise<Sink>): void => {
  describe(`the sink ${name}`, () => {
    it('has a name for the metrics', async () => {
      const sink = await create()
      expect(sink.name).toMatch(/^[a-z-]+$/)
      await sink.close()
    })

    it('takes every shape of event without throwing', async () => {
      const sink = await create()
      const events = [
        anEvent(),
        aRefusedArrival(),
        aRefusedArrival({ status: 0, outcome: 'client_gone', fault: 'client_gone' }),
        anEvent({ facts: undefined, ruling: undefined }),
        anEvent({ ruling: undefined, fault: 'internal', outcome: 'faulted' }),
        anEvent({ usage: { inputTokens: undefined, outputTokens: undefined }, settled: undefined }),
        ...NAUGHTY.map(odd),
      ]
      for (const event of events) expect(() => sink.accept(event)).not.toThrow()
      await sink.close()
    })

    it('returns at once, however many events there are', async () => {
      const sink = await create()
      const event = anEvent()
      for (let n = 0; n < 20_000; n++) expect(sink.accept(event)).toBeUndefined()
      await sink.close()
    })

    it('closes more than once, and takes what comes late without throwing', async () => {
      const sink = await create()
      sink.accept(anEvent())
      await sink.close()
      await sink.close()
      expect(() => sink.accept(anEvent())).not.toThrow()
    })
  })
}
