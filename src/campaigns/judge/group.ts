import type { Axis, AxisEvidence } from '../../core/campaign.ts'
import type { Conduct } from './conduct.ts'
import type { EdgeCounts } from '../link/edge-components.ts'
import type { PivotSample } from './pivot.ts'
import type { Reference } from './reference.ts'

/** What can link entities: values they share (by family), one behaviour (`cell`), or strong edges. */
export type Family =
  | 'client'
  | 'template'
  | 'decode'
  | 'funding'
  | 'asn'
  | 'week'
  | 'cell'
  | 'edges'

/** Members that took the place of others. */
export type Regrowth = {
  /** Members that joined within 24 h after others of the group were shut out. */
  readonly joined: number
  /** How many would have joined in those hours at the pace of the week before. */
  readonly expected: number
}

/** A group of entities as the judge sees it. */
export type Group = {
  /** Conduct of its members, one each; or of a sample of them. */
  readonly conduct: readonly Conduct[]
  /** Members in all, where `conduct` is of a sample. */
  readonly members?: number | undefined
  readonly linkedBy: ReadonlySet<Family>
  readonly edges: EdgeCounts
  readonly pivot: PivotSample | undefined
  readonly regrowth?: Regrowth | undefined
}

/** Members in all. */
export const membersOf = ({ members, conduct }: Group): number =>
  Math.max(members ?? 0, conduct.length)

/** One axis: what it says of a group, against the reference. Pure. */
export type JudgeAxis = (group: Group, reference: Reference) => AxisEvidence

/** The most that one axis adds to a score. */
export const ADDS_AT_MOST = 6

/** One row of evidence; a negative axis adds nothing. */
export const evidence = (
  axis: Axis,
  of: {
    readonly positive: boolean
    readonly measured: string
    readonly value: number
    readonly threshold: number
    readonly reference?: number | undefined
    /** Natural log of the likelihood ratio. */
    readonly logRatio: number
  },
): AxisEvidence => ({
  axis,
  positive: of.positive,
  measured: of.measured,
  value: of.value,
  threshold: of.threshold,
  reference: of.reference,
  adds: of.positive ? Math.min(ADDS_AT_MOST, Math.max(0, of.logRatio)) : 0,
})

/** A row of an axis of which nothing can be said. */
export const unknown = (axis: Axis, why: string, threshold: number): AxisEvidence => ({
  ...evidence(axis, { positive: false, measured: why, value: 0, threshold, logRatio: 0 }),
  unknown: true,
})

/** A share as people read it. */
export const percent = (share: number): string =>
  `${(share * 100).toFixed(share > 0 && share < 0.01 ? 2 : 0)} %`
