import type { DecisionFilter, DecisionPage } from './decision-query.ts'

/** What the worker is started with. */
export type IndexWorkerData = {
  readonly path: string
  /** Folder of the segments of the decision log. */
  readonly segments: string
  readonly maxRows: number
  /** Calls a second and outcome that a rebuild takes beside the notable ones. */
  readonly perSecond: number
  /** Rows one query may look at, and milliseconds it may take. */
  readonly queryRows: number
  readonly queryMs: number
  /** Bytes of segments one look-up of an id may read. */
  readonly searchBytes: number
  readonly searchMs: number
  /** Bytes of the newest segments that a rebuild reads. */
  readonly rebuildBytes: number
}

/** To the worker. `ask` numbers a question; its answer carries the same. */
export type IndexRequest =
  | { readonly kind: 'insert'; readonly lines: readonly string[] }
  | { readonly kind: 'query'; readonly ask: number; readonly filter: DecisionFilter }
  | {
      readonly kind: 'find'
      readonly ask: number
      readonly id: string
      readonly arrivedMs: number | undefined
    }
  | { readonly kind: 'close' }

/** Something the operator should know about the index. */
export type IndexReport =
  | { readonly what: 'moved_aside'; readonly to: string; readonly because: string }
  | { readonly what: 'rebuilt'; readonly rows: number; readonly segments: number }
  | { readonly what: 'unusable'; readonly because: string }
  | { readonly what: 'usable' }
  | { readonly what: 'restarted'; readonly because: string }

/** From the worker. */
export type IndexReply =
  | { readonly kind: 'inserted'; readonly lines: number; readonly dropped: number }
  | { readonly kind: 'page'; readonly ask: number; readonly page: DecisionPage }
  | { readonly kind: 'record'; readonly ask: number; readonly record: string | undefined }
  | { readonly kind: 'failed'; readonly ask: number }
  | { readonly kind: 'report'; readonly report: IndexReport }
  | { readonly kind: 'closed' }
