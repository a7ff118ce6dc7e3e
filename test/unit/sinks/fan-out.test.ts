import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../../src/core/event.ts'
import type { Sink } from '../../../src/core/seams.ts'
import { createFanOut } from '../../../src/sinks/fan-out.ts'
import { aCall } from '../../support/a-call.ts'
import { anEvent } from '../../support/an-event.ts'
import { until } from '../../support/wait.ts'

type Collecting = Sink & { readonly events: CallEvent[]; closed: boolean }

const collecting = (name: string): Collecting => {
  const events: CallEvent[] = []
  return {
    name,
    events,
    closed: false,
    accept: (event) => void events.push(event),
    close() {
      this.closed = true
      return Promise.resolve()
    },
  }
}

const counting = (): { drops: Map<string, number>; onDrop: (name: string, n: number) => void } => {
  const drops = new Map<string, number>()
  return { drops, onDrop: (name, n) => void drops.set(name, (drops.get(name) ?? 0) + n) }
}

const numbered = (n: number): CallEvent =>
  anEvent({ arrival: { ...anEvent().arrival, id: `id-${n}` } })

describe('the fan-out', () => {
  it('gives every event to every sink in order, after the call that caused it', async () => {
    const [a, b] = [collecting('a'), collecting('b')]
    const { drops, onDrop } = counting()
    const fanOut = createFanOut({ sinks: [a, b], onDrop })
    for (let n = 0; n < 1_000; n++) fanOut.accept(numbered(n))
    expect(a.events).toHaveLength(0)
    await until('both have all', () => a.events.length === 1_000 && b.events.length === 1_000)
    expect(a.events.map(({ arrival }) => arrival.id)).toEqual(
      Array.from({ length: 1_000 }, (_, n) => `id-${n}`),
    )
    expect(drops.size).toBe(0)
  })

  it('contains a sink that throws and counts what it lost', async () => {
    const good = collecting('good')
    const bad: Sink = {
      name: 'bad',
      accept: () => {
        throw new Error('no')
      },
      close: () => Promise.reject(new Error('still no')),
    }
    const { drops, onDrop } = counting()
    const fanOut = createFanOut({ sinks: [bad, good], onDrop })
    for (let n = 0; n < 10; n++) fanOut.accept(numbered(n))
    await fanOut.close()
    expect(good.events).toHaveLength(10)
    expect(drops).toEqual(new Map([['bad', 10]]))
  })

  it('does not let whoever counts the drops cause more of them', () => {
    const good = collecting('good')
    const fanOut = createFanOut({
      sinks: [good],
      queueLength: 1,
      onDrop: () => {
        throw new Error('counter broken')
      },
    })
    fanOut.accept(numbered(0))
    expect(() => fanOut.accept(numbered(1))).not.toThrow()
  })

  it('drops for a sink that is too far behind, and only for as long', async () => {
    const sink = collecting('slow')
    const { drops, onDrop } = counting()
    const fanOut = createFanOut({ sinks: [sink], queueLength: 5, onDrop })
    for (let n = 0; n < 8; n++) fanOut.accept(numbered(n))
    expect(drops.get('slow')).toBe(3)
    await until('the queue is worked off', () => sink.events.length === 5)
    fanOut.accept(numbered(8))
    await until('the next one arrives', () => sink.events.length === 6)
    expect(drops.get('slow')).toBe(3)
  })

  it('holds on to no more request bodies than it may, but always to one event', async () => {
    const sink = collecting('slow')
    const { drops, onDrop } = counting()
    const fanOut = createFanOut({ sinks: [sink], queueBytes: 1_000, onDrop })
    const heavy = anEvent({ call: aCall({ body: new Uint8Array(5_000) }) })
    fanOut.accept(heavy)
    fanOut.accept(heavy)
    expect(drops.get('slow')).toBe(1)
    await until('the first is taken', () => sink.events.length === 1)
    fanOut.accept(heavy)
    await until('the queue is light again', () => sink.events.length === 2)
  })

  it('gives way to calls when a sink is slow, and still feeds the others', async () => {
    const quick = collecting('quick')
    let taken = 0
    const slow: Sink = {
      name: 'slow',
      accept: () => {
        taken++
        const endMs = performance.now() + 0.2
        while (performance.now() < endMs);
      },
      close: () => Promise.resolve(),
    }
    const fanOut = createFanOut({ sinks: [slow, quick], turnMs: 2, onDrop: () => undefined })
    for (let n = 0; n < 200; n++) fanOut.accept(numbered(n))
    await new Promise((resolve) => setImmediate(resolve))
    expect(taken).toBeLessThan(200)
    expect(quick.events.length).toBeGreaterThan(0)
    await fanOut.close()
    expect(taken).toBe(200)
    expect(quick.events).toHaveLength(200)
  })

  it('hands over what is queued before it closes the sinks, once, and takes nothing afterwards', async () => {
    const sink = collecting('a')
    const { drops, onDrop } = counting()
    const fanOut = createFanOut({ sinks: [sink], onDrop })
    fanOut.accept(numbered(0))
    const closing = fanOut.close()
    expect(fanOut.close()).toBe(closing)
    await closing
    expect(sink.events).toHaveLength(1)
    expect(sink.closed).toBe(true)
    fanOut.accept(numbered(1))
    expect(drops.get('a')).toBe(1)
  })
})
