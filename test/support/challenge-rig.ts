import { createChallengeUrl } from '../../src/challenges/challenge-url.ts'
import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import { createChallengeListener } from '../../src/http/challenges/listener.ts'
import type { AnswerDesk } from '../../src/http/challenges/answer-desk.ts'
import type { ChallengeListenerParts } from '../../src/http/challenges/parts.ts'
import { createPublicListener } from '../../src/http/public.ts'
import type { Exchange } from '../../src/core/seams.ts'

const ROOT_KEY = Buffer.alloc(32, 7)

/** The hash of networks of a {@link ChallengeRig}. */
export const rigNetworkHash = createKeyedHash(ROOT_KEY, 'rig network')

/** The hash of credentials of a {@link ChallengeRig}. */
export const rigCredentialHash = createKeyedHash(ROOT_KEY, 'rig credential')

/** A public listener whose own corner is real; what goes to the guard is remembered and refused. */
export type ChallengeRig = {
  readonly url: string
  /** Address of a challenge. */
  at(id: string): string
  /** Targets that went to the guard. */
  readonly guarded: readonly string[]
  /** What the log was told. */
  readonly bad: readonly string[]
  readonly internal: readonly unknown[]
  close(): Promise<void>
}

/** Starts a listener on loopback over a desk. */
export const startChallengeRig = async (
  desk: AnswerDesk,
  over: Partial<ChallengeListenerParts> & { readonly bodyTimeoutMs?: number } = {},
): Promise<ChallengeRig> => {
  const guarded: string[] = []
  const bad: string[] = []
  const internal: unknown[] = []
  const { bodyTimeoutMs, ...parts } = over
  const challenges = createChallengeListener({
    desk,
    clock: Date,
    trustedProxies: [],
    credentialHash: rigCredentialHash,
    hashNetwork: rigNetworkHash,
    asnOf: () => undefined,
    urlOf: createChallengeUrl(parts.publicUrl),
    stepUp: { linkFor: () => undefined, receive: () => Promise.resolve({ kind: 'disabled' }) },
    contact: 'help@example.com',
    onBad: (why) => void bad.push(why),
    onInternal: (fault) => void internal.push(fault),
    ...parts,
  })
  const guard = (exchange: Exchange): Promise<void> => {
    guarded.push(exchange.target)
    exchange.start(400, ['content-type', 'text/plain'])
    exchange.end(Buffer.from('guard'))
    return Promise.resolve()
  }
  const listener = createPublicListener({
    guard,
    challenges,
    refuseUnparsed: (socket) => void socket.destroy(),
    ...(bodyTimeoutMs !== undefined && { bodyTimeoutMs }),
  })
  const { port } = await listener.listen('127.0.0.1', 0)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    at: (id) => `${url}/.stillwatch/challenges/${id}`,
    guarded,
    bad,
    internal,
    close: async () => void (await listener.drain(1_000)),
  }
}
