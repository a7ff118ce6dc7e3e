import { causeCodeOf } from '../core/cause-code.ts'
import type { Challenge, ProofVerdict } from '../core/challenge.ts'
import type { Clock } from '../core/seams.ts'
import { createVendorAsker, VENDOR_CONNECTIONS, type VendorAnswer } from './human-ask.ts'
import { createVendorWatch, type HumanProblem } from './human-trouble.ts'
import { HUMAN_VENDORS, type HumanVendorName } from './human-vendors.ts'
import { judgeVendorAnswer, type VendorJudgement } from './human-word.ts'

/** Options of {@link createHuman}. */
export type HumanOptions = {
  readonly vendor: HumanVendorName
  readonly secretKey: string
  readonly siteKey: string
  /** Host names of our page; the vendor must report one of them. */
  readonly hostnames: readonly string[]
  /** The vendor's own address by default. */
  readonly verifyUrl?: string | undefined
  /** From asking to the last byte of the answer. */
  readonly timeoutMs: number
  /** While the vendor does not answer: `closed` asks to try again, `open` takes the answer. */
  readonly posture: 'closed' | 'open'
  readonly clock: Clock
  readonly onProblem?: ((problem: HumanProblem) => void) | undefined
}

/** What tokens of both vendors are made of, with room; nothing that a filter in front of them stumbles over. */
const TOKEN = /^[\w.:=+/~-]+$/

const causeOf = (error: unknown): string => {
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout'
  return causeCodeOf(error) ?? 'failed'
}

/**
 * The challenge that a person passes at a vendor. The answer is `{"token": "…"}` as the vendor's widget
 * gave it; the vendor is asked about it once, and everything it reports has to fit. An answer that is not
 * a token is not worth a question. Where as many questions are under way as there are connections, or the
 * vendor says that we ask too often, the answer is `unavailable` in both postures: nobody opens the gate by
 * crowding it.
 */
export const createHuman = (options: HumanOptions): Challenge & { close(): Promise<void> } => {
  const { secretKey, siteKey, timeoutMs, posture, clock, onProblem = () => undefined } = options
  const vendor = HUMAN_VENDORS[options.vendor]
  const hostnames = new Set(options.hostnames.map((name) => name.toLowerCase()))
  const asker = createVendorAsker({ url: options.verifyUrl ?? vendor.verifyUrl, timeoutMs })
  const isOpen = posture === 'open'
  const watch = createVendorWatch({ clock, isOpen, tell: onProblem })
  let underWay = 0

  const askAbout = async (
    token: string,
    challenge: string,
    address: string,
  ): Promise<VendorJudgement> => {
    let answer: VendorAnswer
    try {
      answer = await asker.ask({
        secret: secretKey,
        response: token,
        remoteip: address,
        ...vendor.extraFields({ token, challenge, siteKey }),
      })
    } catch (error) {
      return { kind: 'failed', cause: causeOf(error) }
    }
    return judgeVendorAnswer(answer, { vendor, hostnames, challenge })
  }

  const verdictOf = (judgement: VendorJudgement): ProofVerdict => {
    switch (judgement.kind) {
      case 'crowded':
        watch.failed('http 429', false)
        return 'unavailable'
      case 'failed':
        watch.failed(judgement.cause, isOpen)
        return isOpen ? 'passed' : 'unavailable'
      case 'misconfigured':
        watch.answered()
        watch.refused(judgement.cause)
        return 'unavailable'
      case 'foreign':
        watch.answered()
        watch.foreign()
        return 'wrong'
      case 'passed':
      case 'wrong':
      case 'not_yours':
        watch.answered()
        return judgement.kind
      default:
        return judgement satisfies never
    }
  }

  return {
    kind: 'human',
    verify: async ({ id }, { token, ...others }, { address }) => {
      if (typeof token !== 'string' || token === '' || token.length > vendor.maxTokenChars) {
        return 'malformed'
      }
      if (!TOKEN.test(token) || Object.keys(others).length > 0) return 'malformed'
      if (underWay >= VENDOR_CONNECTIONS) return 'unavailable'
      underWay++
      try {
        return verdictOf(await askAbout(token, id, address))
      } catch {
        return 'unavailable'
      } finally {
        underWay--
      }
    },
    close: () => asker.close(),
  }
}
