import { describe, expect, it } from 'vitest'
import { createChannel } from '../../../src/workers/channel.ts'
import { createGossip, createGossipRelay } from '../../../src/workers/gossip.ts'
import { wirePair } from '../../support/wire-pair.ts'

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const machine = (workers: number) => {
  let dropped = 0
  const nonsense: string[] = []
  const relay = createGossipRelay(() => dropped++)
  const members = Array.from({ length: workers }, () => {
    const [near, far] = wirePair()
    const options = { onNonsense: (what: string) => void nonsense.push(what) }
    relay.join(createChannel(near, options))
    return { gossip: createGossip(createChannel(far, options), () => dropped++), near, far }
  })
  return { relay, members, nonsense, dropped: () => dropped }
}

describe('gossip on one machine', () => {
  it('reaches all others and the primary, each once and in order, and never who said it', async () => {
    const { relay, members, dropped } = machine(3)
    const heard: string[][] = [[], [], [], []]
    members.forEach(({ gossip }, at) => gossip.hear('seen', (text) => heard[at]?.push(text)))
    relay.hear('seen', (text) => heard[3]?.push(text))
    members[0]?.gossip.tell('seen', 'a')
    members[0]?.gossip.tell('seen', 'b')
    await turns()
    relay.tell('seen', 'c')
    await turns()
    expect(heard).toEqual([['c'], ['a', 'b', 'c'], ['a', 'b', 'c'], ['a', 'b']])
    expect(dropped()).toBe(0)
  })

  it('keeps what comes before somebody listens, as far as there is room', async () => {
    const { members } = machine(2)
    const [one, two] = members
    one?.gossip.tell('seen', 'early')
    const bulky = 'x'.repeat(1024 * 1024)
    for (let at = 0; at < 6; at++) one?.gossip.tell('bulk', bulky)
    await turns()
    const heard: string[] = []
    two?.gossip.hear('seen', (text) => heard.push(text))
    expect(heard).toEqual(['early'])
    let kept = 0
    two?.gossip.hear('bulk', () => kept++)
    expect(kept).toBe(3)
  })

  it('counts what one that hangs does not take, and forgets one that is gone', async () => {
    const { relay, members, dropped } = machine(2)
    members[0]?.near.hold(true)
    const bulky = 'x'.repeat(8 * 1024 * 1024)
    for (let at = 0; at < 5; at++) relay.tell('bulk', bulky)
    expect(dropped()).toBe(2 * 2)
    members[0]?.near.cut()
    members[1]?.near.cut()
    relay.tell('bulk', bulky)
    expect(dropped()).toBe(4)
  })

  it.each([
    ['no pair', ['seen']],
    ['no text', ['seen', 7]],
    ['a topic beyond all measure', ['t'.repeat(65), 'text']],
    ['no list', 'seen'],
  ])('takes %s for nonsense', (_what, body) => {
    const { members, nonsense } = machine(1)
    members[0]?.near.inject([0, 0, 'gossip', body])
    expect(nonsense).toHaveLength(1)
  })
})
