import { z } from 'zod'
import type { Mode } from '../core/decision.ts'
import type { Problem } from '../core/problem.ts'
import { ChannelFailure, type Channel } from './channel.ts'
import type { Pool, PoolWorker } from './pool.ts'

/** One policy file as it was read. */
export type PolicyText = { readonly file: string; readonly source: string }

/** Switches by the id of the rule or limit. */
export type PolicySwitches = ReadonlyMap<
  string,
  { readonly mode?: Mode | undefined; readonly rollout?: number | undefined }
>

/** The form of switches on the way. */
export const policySwitches = z.map(
  z.string(),
  z.strictObject({
    mode: z.enum(['enforce', 'shadow', 'off']).optional(),
    rollout: z.number().min(0).max(100).optional(),
  }),
)

const SWITCHED = 'policy.switches'
const PREPARE = 'policy.prepare'
const TAKE = 'policy.take'
const PREPARE_MS = 10_000
const TAKE_MS = 5_000

const textsOf = (body: unknown): readonly PolicyText[] => {
  if (!Array.isArray(body) || body.length % 2 !== 0) throw new TypeError('no policy files')
  const parts: readonly unknown[] = body
  const texts: PolicyText[] = []
  for (let at = 0; at < parts.length; at += 2) {
    const file = parts[at]
    const source = parts[at + 1]
    if (typeof file !== 'string' || typeof source !== 'string')
      throw new TypeError('no policy file')
    texts.push({ file, source })
  }
  return texts
}

/** The workers as followers of the policy of the primary. */
export type PolicyRound = {
  /** Takes a worker into the round until it is gone. */
  join(worker: PoolWorker): void
  /** Has all workers compile a policy beside the one in force; why one cannot, in problems. */
  prepare(documents: readonly PolicyText[], revision: string): Promise<readonly Problem[]>
  /** Has all workers put it in force; one that does not is ended, and replaced by one that has. */
  take(revision: string): Promise<void>
  switched(switches: PolicySwitches): void
}

/**
 * Puts a policy in force in all workers or in none: first each compiles it, and only where all could do
 * they take it. A worker that dies meanwhile objects to nothing: its successor starts with what is in force.
 */
export const createPolicyRound = (pool: () => Pick<Pool, 'end'>): PolicyRound => {
  const members = new Set<PoolWorker>()

  const objection = async (
    { channel, place }: PoolWorker,
    body: readonly string[],
    revision: string,
  ): Promise<Problem | undefined> => {
    let because: string
    try {
      const made = await channel.ask(PREPARE, body, PREPARE_MS)
      if (made === revision) return undefined
      because = 'it made another revision of the same files'
    } catch (error) {
      if (error instanceof ChannelFailure && error.kind === 'closed') return undefined
      because = error instanceof Error ? error.message : String(error)
    }
    return {
      file: body[0] ?? '',
      line: 1,
      col: 1,
      what: `worker ${place} cannot take the policy: ${because}`,
      instead: 'reload once more; nothing was changed',
    }
  }

  return {
    join: (worker) => {
      members.add(worker)
      worker.channel.gone(() => void members.delete(worker))
    },
    prepare: async (documents, revision) => {
      const body = documents.flatMap(({ file, source }) => [file, source])
      const all = [...members].map((worker) => objection(worker, body, revision))
      return (await Promise.all(all)).filter((problem) => problem !== undefined)
    },
    take: async (revision) => {
      const taking = [...members].map(async (worker) => {
        try {
          await worker.channel.ask(TAKE, revision, TAKE_MS)
        } catch {
          pool().end(worker, 'it did not take the policy')
        }
      })
      await Promise.all(taking)
    },
    switched: (switches) => {
      for (const worker of members) {
        if (!worker.channel.tell(SWITCHED, switches)) pool().end(worker, 'it does not listen')
      }
    },
  }
}

/** What a worker does with the policies of the primary. */
export type PolicyFollower = {
  /** Compiles without putting in force; the revision. Throws where it cannot. */
  prepare(documents: readonly PolicyText[]): string
  /** Throws where another revision was prepared, or none. */
  take(revision: string): void
  setSwitches(switches: PolicySwitches): void
}

/**
 * Follows the policy of the primary. Listens at once, and hands over to the follower once there is one: news
 * may come along with what the follower is made of.
 */
export const followPolicy = (channel: Channel): ((follower: PolicyFollower) => void) => {
  let following: PolicyFollower | undefined
  let early: PolicySwitches | undefined
  channel.hear(SWITCHED, (body) => {
    const switches = policySwitches.parse(body)
    if (following === undefined) early = switches
    else following.setSwitches(switches)
  })
  return (follower) => {
    following = follower
    channel.answer(PREPARE, (body) => follower.prepare(textsOf(body)))
    channel.answer(TAKE, (body) => follower.take(String(body)))
    if (early !== undefined) follower.setSwitches(early)
  }
}
