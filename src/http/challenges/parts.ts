import type { ChallengeUrl } from '../../challenges/challenge-url.ts'
import type { StepUp } from '../../challenges/step-up.ts'
import type { Issued } from '../../core/challenge.ts'
import type { Fault } from '../../core/fault.ts'
import type { Clock } from '../../core/seams.ts'
import type { AnswerDesk } from './answer-desk.ts'
import type { AnsweringCallerOptions } from './answering-caller.ts'
import type { HumanVendor } from './shown.ts'

/** Told what came to nothing. */
export type OnBad = (why: string, issued?: Issued) => void

/** What the challenge listener is made of. */
export type ChallengeListenerParts = AnsweringCallerOptions & {
  readonly desk: AnswerDesk
  readonly clock: Clock
  /** Address of a challenge, by its sealed id and the Host of the request. */
  readonly urlOf: ChallengeUrl
  /** Where customers reach the guard, for the examples on the page for customers. */
  readonly publicUrl?: string | undefined
  /** Who helps: an e-mail address or a URL. */
  readonly contact?: string | undefined
  /** Who verifies the challenge `human`, where that is configured. */
  readonly human?: HumanVendor | undefined
  readonly stepUp: Pick<StepUp, 'linkFor' | 'receive'>
  /**
   * Told of every request that came to nothing, in a word, and of the challenge where that is known; the log
   * bounds it.
   */
  readonly onBad?: OnBad | undefined
  /** Told of what nobody foresaw. */
  readonly onInternal?: ((fault: Fault) => void) | undefined
}
