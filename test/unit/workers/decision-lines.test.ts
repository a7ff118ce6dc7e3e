import { describe, expect, it } from 'vitest'
import { createChannel } from '../../../src/workers/channel.ts'
import { createDecisionLines, keepDecisionLines } from '../../../src/workers/decision-lines.ts'
import { aServedEvent } from '../../support/a-served-event.ts'
import { until } from '../../support/wait.ts'
import { wirePair } from '../../support/wire-pair.ts'

const rig = () => {
  const [near, far] = wirePair()
  const nonsense: string[] = []
  const options = { onNonsense: (what: string) => void nonsense.push(what) }
  const kept: unknown[] = []
  keepDecisionLines(createChannel(far, options), {
    keep: (line, { indexed }) => void kept.push([line, indexed]),
  })
  return { channel: createChannel(near, options), near, far, kept, nonsense }
}

describe('records of a worker', () => {
  it('are kept by the primary in their order, those for the index marked', async () => {
    const { channel, kept } = rig()
    let made = 0
    const sink = createDecisionLines({
      channel,
      record: () => `{"n":${++made}}`,
      selection: () => made === 2,
      onDrop: () => expect.unreachable(),
    })
    for (let call = 0; call < 3; call++) sink.accept(aServedEvent())
    await sink.close()
    expect(kept).toEqual([
      ['{"n":1}', false],
      ['{"n":2}', false],
      ['{"n":3}', true],
    ])
  })

  it('are counted as dropped where the primary does not take them', () => {
    const { channel, near } = rig()
    near.hold(true)
    let dropped = 0
    const line = `{"big":"${'x'.repeat(1024 * 1024)}"}`
    const sink = createDecisionLines({
      channel,
      record: () => line,
      selection: () => false,
      onDrop: (count) => (dropped += count),
    })
    for (let call = 0; call < 40; call++) sink.accept(aServedEvent())
    expect(dropped).toBe(40 - 31)
  })

  it('leave at once where they are many, together where they are few', async () => {
    const { channel, near, kept } = rig()
    let size = 10
    const sink = createDecisionLines({
      channel,
      record: () => `{"x":"${'x'.repeat(size)}"}`,
      selection: () => false,
      onDrop: () => expect.unreachable(),
    })
    for (let call = 0; call < 5; call++) sink.accept(aServedEvent())
    expect(await until('the few', () => kept.length > 0 && kept.length)).toBe(5)
    expect(near.sent).toHaveLength(1)
    size = 10_000
    for (let call = 0; call < 10; call++) sink.accept(aServedEvent())
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(kept).toHaveLength(15)
    expect(near.sent.length).toBeLessThan(4)
  })

  it.each([
    ['no text', 7],
    ['nothing', ''],
    ['a line that is none', '+{"a":1}\n'],
    ['a line without a mark', '+{"a":1}\n{"b":2}'],
    ['no object', '+hello'],
    ['more than a record ever is', `+{${'x'.repeat(5 * 1024 * 1024)}`],
  ])('are not taken from %s', (_what, body) => {
    const { far, kept, nonsense } = rig()
    far.inject([0, 0, 'decisions', body])
    expect(kept.length).toBeLessThan(2)
    expect(nonsense).toHaveLength(1)
  })
})
