import type {
  Axis,
  CampaignEvidence,
  CampaignLabel,
  CampaignMember,
  CampaignSummary,
  DetectorStatus,
  Level,
} from '../../core/campaign.ts'

/** How a detector is set up, as plain data; see `DetectorOptions`. */
export type DetectorSetup = {
  readonly ceiling: Level
  readonly minReference: number
  readonly level4Score?: number | undefined
  readonly passMs: number
}

/** What the thread of a detector is started with. */
export type DetectorThreadData = {
  readonly setup: DetectorSetup
  /** Folder of its files; it is their only writer. */
  readonly folder: string
  readonly saveMs: number
  readonly flushMs: number
  /** Starts in a row that came to nothing: from some number on what it would read is set aside. */
  readonly failedStarts: number
}

/** One question of `Campaigns`. */
export type Question =
  | { readonly of: 'status' | 'list' }
  | { readonly of: 'show' | 'members'; readonly id: string }
  | { readonly of: 'label'; readonly label: CampaignLabel }

/** What is answered to each kind of question. */
export type AnswerValues = {
  readonly status: DetectorStatus
  readonly list: readonly CampaignSummary[]
  readonly show: CampaignEvidence | undefined
  readonly members: readonly CampaignMember[] | undefined
  readonly label: CampaignSummary | undefined
}

/** An answer, with the kind of its question. */
export type Answer = {
  readonly [K in keyof AnswerValues]: { readonly of: K; readonly value: AnswerValues[K] }
}[keyof AnswerValues]

/** To the thread. */
export type DetectorRequest =
  /** A batch of observations; `batch` numbers it. */
  | { readonly kind: 'observations'; readonly batch: number; readonly text: string }
  | { readonly kind: 'ask'; readonly ask: number; readonly question: Question }
  | { readonly kind: 'close' }

/** Something an operator should know of a detector. */
export type DetectorReport =
  | { readonly what: 'set_aside'; readonly to: string; readonly because: string }
  | { readonly what: 'restored'; readonly observations: number; readonly refused: number }
  | { readonly what: 'problem'; readonly because: string }
  | { readonly what: 'files_failing'; readonly because: string }
  | { readonly what: 'files_work' }
  | { readonly what: 'restarted'; readonly because: string }
  | { readonly what: 'lagging'; readonly lagMs: number }
  | { readonly what: 'caught_up' }
  /** The judge gave a campaign another level. */
  | ({ readonly what: 'level'; readonly score: number } & LevelChange)
  /** An operator said something of a campaign, or of one of its members. */
  | ({
      readonly what: 'labelled'
      readonly act: CampaignLabel['act']
      readonly ofOne: boolean
      /** Name of the token. */
      readonly by: string
    } & LevelChange)

/** A campaign and its level before and after, which are the same where something else changed. */
type LevelChange = {
  readonly campaign: string
  readonly from: Level
  readonly to: Level
  readonly members: number
  readonly axes: readonly Axis[]
}

/** Campaigns at each level, 0 first; those that ended left out. */
export type LevelCounts = readonly [number, number, number, number, number]

/** From the thread. */
export type DetectorReply =
  /** What was saved is read; what comes now is taken. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'taken'; readonly batch: number; readonly refused: number }
  /** Batches of marks, already on disk. */
  | { readonly kind: 'marks'; readonly texts: readonly string[] }
  | { readonly kind: 'answer'; readonly ask: number; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly ask: number }
  /** Every second while it lives. */
  | { readonly kind: 'alive'; readonly levels: LevelCounts }
  | { readonly kind: 'report'; readonly report: DetectorReport }
  | { readonly kind: 'closed' }
