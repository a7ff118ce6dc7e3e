import { describe, expect, it } from 'vitest'
import { createChannel, type Channel } from '../../../src/workers/channel.ts'
import { until } from '../../support/wait.ts'
import { wirePair, type WireEnd } from '../../support/wire-pair.ts'

type Pair = {
  readonly near: Channel
  readonly far: Channel
  readonly nearEnd: WireEnd
  readonly farEnd: WireEnd
  readonly nonsense: string[]
}

const pair = (): Pair => {
  const [nearEnd, farEnd] = wirePair()
  const nonsense: string[] = []
  const options = { onNonsense: (what: string) => void nonsense.push(what) }
  const near = createChannel(nearEnd, options)
  return { near, far: createChannel(farEnd, options), nearEnd, farEnd, nonsense }
}

describe('a channel', () => {
  it('brings questions, answers and news in the order they were given, a turn in one message', async () => {
    const { near, far, nearEnd } = pair()
    const heard: unknown[] = []
    far.hear('news', (body) => heard.push(body))
    far.answer('double', (body) => {
      heard.push(body)
      return Number(body) * 2
    })
    near.tell('news', 'a')
    const first = near.ask('double', 1, 1_000)
    near.tell('news', new Float64Array([7]))
    const second = near.ask('double', 2, 1_000)
    expect(await Promise.all([first, second])).toEqual([2, 4])
    expect(heard).toEqual(['a', 1, new Float64Array([7]), 2])
    expect(nearEnd.sent).toHaveLength(1)
  })

  it('takes along what is only said when a message goes out, and sends one where asked to', async () => {
    const { near, far, nearEnd } = pair()
    const heard: unknown[] = []
    far.hear('news', (body) => heard.push(body))
    const kept: string[] = []
    const wake = near.beforeSend(() => {
      for (const one of kept.splice(0)) near.tell('news', one)
    })
    kept.push('along')
    near.tell('news', 'first')
    await until('both', () => heard.length === 2)
    expect(heard).toEqual(['first', 'along'])
    kept.push('alone')
    wake()
    await until('the third', () => heard.length === 3)
    expect(nearEnd.sent).toHaveLength(2)
    kept.push('at the end')
    await near.flush()
    expect(nearEnd.sent).toHaveLength(3)
    wake()
    await new Promise(setImmediate)
    expect(nearEnd.sent).toHaveLength(3)
  })

  it('rejects with the word of the side that refused, and with one of its own for an unknown topic', async () => {
    const { near, far } = pair()
    far.answer('fails', () => {
      throw Object.assign(new Error('no room'), { kind: 'forgotten' })
    })
    await expect(near.ask('fails', 1, 1_000)).rejects.toMatchObject({
      kind: 'refused',
      word: 'forgotten',
      message: 'no room',
    })
    await expect(near.ask('unheard of', 1, 1_000)).rejects.toMatchObject({ kind: 'refused' })
  })

  it('gives up at the deadline, and the late answer is nobody’s', async () => {
    const { near, far, farEnd } = pair()
    far.answer('slow', () => 'late')
    farEnd.hold(true)
    await expect(near.ask('slow', 1, 30)).rejects.toMatchObject({ kind: 'timeout' })
    farEnd.hold(false)
    expect(await near.ask('slow', 2, 1_000)).toBe('late')
  })

  it('fails at once with too many questions open or too much that nobody takes, and recovers', async () => {
    const { near, far, nearEnd } = pair()
    far.answer('any', (body) => body)
    nearEnd.hold(true)
    const open = Array.from({ length: 20_000 }, () => near.ask('any', 1, 60_000))
    await expect(near.ask('any', 1, 60_000)).rejects.toMatchObject({ kind: 'full' })
    const mib = 'x'.repeat(1024 * 1024)
    far.hear('bulk', () => undefined)
    let taken = 0
    while (taken < 100 && near.tell('bulk', mib)) taken++
    expect(taken).toBeGreaterThan(10)
    expect(taken).toBeLessThan(32)
    const flushed = near.flush()
    await new Promise((resolve) => setImmediate(resolve))
    nearEnd.hold(false)
    await Promise.all([flushed, ...open])
    expect(await near.ask('any', 5, 1_000)).toBe(5)
    expect(near.tell('bulk', mib)).toBe(true)
  })

  it('settles everything when the other side is gone, and says so to whoever asks later', async () => {
    const { near, nearEnd } = pair()
    const asked = near.ask('any', 1, 60_000)
    let left = 0
    near.gone(() => left++)
    nearEnd.cut()
    nearEnd.cut()
    await expect(asked).rejects.toMatchObject({ kind: 'closed' })
    await expect(near.ask('any', 1, 1_000)).rejects.toMatchObject({ kind: 'closed' })
    expect(near.tell('any', 1)).toBe(false)
    near.gone(() => left++)
    expect(left).toBe(2)
    await near.flush()
  })

  it.each([
    ['no list', 'hello'],
    ['half a frame', [0, 0, 'news']],
    ['an unknown kind', [9, 0, 'news', 1]],
    ['a topic that is no text', [0, 0, 7, 1]],
    ['a number of no question', [1, 0.5, 'news', 1]],
    ['a refusal without words', [3, 1, 'word', 7]],
    ['news that nobody awaits', [0, 0, 'unheard of', 1]],
    ['news its listener cannot read', [0, 0, 'fussy', 1]],
  ])('reports %s as nonsense', (_what, message) => {
    const { far, farEnd, nonsense } = pair()
    far.hear('fussy', () => {
      throw new TypeError('not that')
    })
    farEnd.inject(message)
    expect(nonsense).toHaveLength(1)
  })

  it('takes an answer to a question it never asked for nothing', () => {
    const { farEnd, nonsense } = pair()
    farEnd.inject([2, 77, '', 'surprise'])
    expect(nonsense).toEqual([])
  })
})
