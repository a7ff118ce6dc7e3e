import type { Marks } from '../core/campaign.ts'
import { UNKNOWN, Unknown, type Facts, type Findings } from '../core/facts.ts'
import type { Clock, SignalSource } from '../core/seams.ts'

/** An entity without a mark: nobody has linked it to anything. */
const UNMARKED: Findings = Object.freeze({
  'campaign.level': 0,
  'campaign.score': 0,
  'campaign.axes': [],
})

const unknown = (why: Unknown): Findings =>
  Object.freeze({
    'campaign.id': why,
    'campaign.level': why,
    'campaign.score': why,
    'campaign.axes': why,
  })

const ABSENT = unknown(UNKNOWN.absent)
const LATE = unknown(UNKNOWN.late)
const FAILED = unknown(UNKNOWN.failed)

/** What marks say at a moment of the entity that is named by these facts; see {@link createCampaignSource}. */
export const campaignFindings = (marks: Marks, facts: Facts, nowMs: number): Findings => {
  const entity = facts.get('account.entity')
  if (entity instanceof Unknown) {
    if (entity === UNKNOWN.failed) return FAILED
    return entity === UNKNOWN.late ? LATE : ABSENT
  }
  const mark = marks.of(entity, nowMs)
  if (mark === undefined || mark.level === 0) return UNMARKED
  const { campaign, level, score, axes } = mark
  return {
    'campaign.id': campaign,
    'campaign.level': level,
    'campaign.score': score,
    'campaign.axes': axes,
  }
}

/**
 * What the detector says of the entity behind a call. An entity without a mark is at level 0 with nothing
 * against it, which is known; it has no `campaign.id`. A call without an entity belongs to nobody who
 * could have been linked, so all of it is unknown: as absent as the entity where there is no account, and
 * as late or failed where its source did not answer, since a linked caller must not become an unlinked
 * one by an outage. Policies that mean known callers only ask `has(campaign.level)`.
 */
export const createCampaignSource = (options: {
  readonly marks: Marks
  readonly clock: Clock
}): SignalSource => {
  const { marks, clock } = options
  return {
    name: 'campaign',
    provides: ['campaign.id', 'campaign.level', 'campaign.score', 'campaign.axes'],
    budgetMs: 0,
    wave: 1,
    read: (_call, facts) => campaignFindings(marks, facts, clock.now()),
  }
}
