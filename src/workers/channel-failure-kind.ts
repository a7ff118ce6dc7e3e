import type { LedgerFailureKind } from '../core/ledger.ts'
import type { ChannelFailure } from './channel.ts'

const KINDS: readonly string[] = [
  'timeout',
  'unreachable',
  'refused',
  'nonsense',
  'forgotten',
] satisfies readonly LedgerFailureKind[]

const isKind = (word: string): word is LedgerFailureKind => KINDS.includes(word)

/** What a question without an answer means for who asked a ledger. */
export const failureKindOf = ({ kind, word }: ChannelFailure): LedgerFailureKind => {
  switch (kind) {
    case 'timeout':
      return 'timeout'
    case 'closed':
    case 'full':
      return 'unreachable'
    case 'refused':
      return isKind(word) ? word : 'refused'
  }
}
