import { describe, expect, it } from 'vitest'
import { createChannel } from '../../../src/workers/channel.ts'
import { createPolicyRound, followPolicy } from '../../../src/workers/policy-round.ts'
import type { PoolWorker } from '../../../src/workers/pool.ts'
import { until } from '../../support/wait.ts'
import { wirePair } from '../../support/wire-pair.ts'

const DOCUMENTS = [{ file: 'policy.yaml', source: 'version: 1' }]

/** A round of workers that compile to `revisions`; an error stands for one that cannot. */
const roundOf = (revisions: readonly (string | Error)[]) => {
  const ended: string[] = []
  const inForce: (string | undefined)[] = revisions.map(() => undefined)
  const prepared: (string | undefined)[] = revisions.map(() => undefined)
  const switched: unknown[] = []
  const round = createPolicyRound(() => ({ end: ({ id }) => void ended.push(id) }))
  const ends = revisions.map((revision, at) => {
    const [near, far] = wirePair()
    const options = { onNonsense: (what: string) => void ended.push(what) }
    const worker: PoolWorker = {
      place: at + 1,
      id: `w${at + 1}`,
      channel: createChannel(near, options),
    }
    followPolicy(createChannel(far, options))({
      prepare: (documents) => {
        expect(documents).toEqual(DOCUMENTS)
        if (revision instanceof Error) throw revision
        prepared[at] = revision
        return revision
      },
      take: (taken) => {
        if (prepared[at] !== taken) throw new Error('not prepared')
        inForce[at] = taken
      },
      setSwitches: (switches) => void switched.push(switches),
    })
    round.join(worker)
    return near
  })
  return { round, ended, inForce, switched, ends }
}

describe('a round of policies', () => {
  it('is taken by all once all could compile it', async () => {
    const { round, inForce, ended } = roundOf(['r1', 'r1'])
    expect(await round.prepare(DOCUMENTS, 'r1')).toEqual([])
    expect(inForce).toEqual([undefined, undefined])
    await round.take('r1')
    expect(inForce).toEqual(['r1', 'r1'])
    expect(ended).toEqual([])
  })

  it('is objected to by one that cannot compile it, or makes something else of it', async () => {
    const { round, inForce } = roundOf(['r1', new Error('out of memory'), 'r2'])
    const problems = await round.prepare(DOCUMENTS, 'r1')
    expect(problems.map(({ what }) => what)).toEqual([
      'worker 2 cannot take the policy: out of memory',
      'worker 3 cannot take the policy: it made another revision of the same files',
    ])
    expect(problems[0]).toMatchObject({ file: 'policy.yaml', line: 1 })
    expect(inForce).toEqual([undefined, undefined, undefined])
  })

  it('ends a worker that does not take what it prepared, and waits for no dead one', async () => {
    const { round, ended, inForce, ends } = roundOf(['r1', 'r1'])
    await round.take('r1')
    expect(ended).toEqual(['w1', 'w2'])
    ends[1]?.cut()
    expect(await round.prepare(DOCUMENTS, 'r1')).toEqual([])
    await round.take('r1')
    expect(inForce).toEqual(['r1', undefined])
  })

  it('tells all of them which switches are set', async () => {
    const { round, switched } = roundOf(['r1', 'r1'])
    const switches = new Map([['rule', { mode: 'shadow', rollout: 20 }]] as const)
    round.switched(switches)
    await round.prepare(DOCUMENTS, 'r1')
    expect(switched).toEqual([switches, switches])
  })

  it('tells a worker switches that were set before it could follow', async () => {
    const [near, far] = wirePair()
    const options = { onNonsense: (what: string) => expect.unreachable(what) }
    const round = createPolicyRound(() => ({ end: () => undefined }))
    const follow = followPolicy(createChannel(far, options))
    round.join({ place: 1, id: 'w1', channel: createChannel(near, options) })
    round.switched(new Map([['r-1', { mode: 'shadow' }]]))
    round.switched(new Map([['r-1', { mode: 'off' }]]))
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    const switched: unknown[] = []
    follow({
      prepare: () => '',
      take: () => undefined,
      setSwitches: (switches) => void switched.push(switches),
    })
    expect(switched).toEqual([new Map([['r-1', { mode: 'off' }]])])
    round.switched(new Map())
    await until('the next ones', () => switched.length === 2)
    expect(switched[1]).toEqual(new Map())
  })
})
