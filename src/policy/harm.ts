import type { Backtest } from './backtest-report.ts'

/** Whether a change has to be confirmed by who makes it, and why. */
export type Harm = {
  readonly confirm: boolean
  /** Proven entities that would newly be refused. */
  readonly provenRefused: number
  /** Proven entities of whom the records cannot say. */
  readonly provenUnjudged: number
  /** One sentence for each reason; empty where nothing has to be confirmed. */
  readonly because: readonly string[]
}

const entitiesText = (count: number): string =>
  `${count} proven ${count === 1 ? 'entity' : 'entities'}`

/**
 * Whether a change must be confirmed: it would newly refuse more than `confirmAbove` proven entities, or
 * might, since the records do not say or could not be read (`unread`). What is not known is never taken for
 * harmless.
 */
export const harmOf = (
  backtest: Pick<Backtest, 'entities'> & { readonly unread?: boolean },
  { confirmAbove = 0 }: { readonly confirmAbove?: number } = {},
): Harm => {
  const { refusedProven, unjudgedProven } = backtest.entities
  const because: string[] = []
  if (refusedProven > confirmAbove) {
    because.push(`it would newly refuse ${entitiesText(refusedProven)}`)
  }
  if (unjudgedProven > 0 && refusedProven + unjudgedProven > confirmAbove) {
    because.push(`whether it would refuse ${entitiesText(unjudgedProven)} the records do not say`)
  }
  if (backtest.unread === true) because.push('the recorded decisions could not be read')
  return {
    confirm: because.length > 0,
    provenRefused: refusedProven,
    provenUnjudged: unjudgedProven,
    because,
  }
}
