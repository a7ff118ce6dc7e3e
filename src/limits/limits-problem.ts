/** What an operator must know of the counters; limits go on in every case. */
export type LimitsProblem =
  /** New keys share counters until others expire: raise `maxKeys` or shorten windows. */
  | { readonly kind: 'keys_full'; readonly maxKeys: number }
  /** Parts of the journal could not be read; those counters fell back or start anew. */
  | {
      readonly kind: 'journal_damaged'
      readonly corruptRecords: number
      readonly tornBytes: number
    }
  /** The journal could not be read (to its end) and was put aside; what was not read starts anew. */
  | { readonly kind: 'journal_unreadable'; readonly reason: string }
  /** Counters cannot be written down (told once); they are kept in memory and tried again. */
  | { readonly kind: 'journal_failing'; readonly code: string }
  /** They can be again. */
  | { readonly kind: 'journal_recovered'; readonly failures: number }
