import type { ClearanceLedger, Clearances, Subject } from '../core/challenge.ts'
import { Unknown, type Facts } from '../core/facts.ts'
import { subjectOf } from './subject.ts'

/** What a look has found. */
type Found = {
  /** Clearances of the subject in force. */
  readonly granted: number
  /** Whether any of what stands there was news to this process. */
  readonly isNews: boolean
}

/** A look under way, and the one that begins after it for all who came since. */
type Looks = { readonly running: Promise<Found>; next?: Promise<Found> }

const NOTHING: Found = { granted: 0, isNews: false }

/**
 * Looks in the ledger for clearances of the subject of a call that its facts do not speak of, and takes
 * them. True where there may be any. Never rejects: a ledger that does not answer knows nothing new. At
 * most one look a subject runs at a time, and whoever comes while it does waits for the next one, since
 * what it has just been granted elsewhere may be missing in this one.
 *
 * What is news to the process alone would not do: another call's look, or another process by gossip, may
 * have brought it after the facts of this call were gathered.
 */
export const createUnheard = (options: {
  readonly ledger: Pick<ClearanceLedger, 'of'>
  readonly table: Clearances
}): ((facts: Facts) => Promise<boolean>) => {
  const { ledger, table } = options
  const looks = new Map<Subject, Looks>()

  const look = async (subject: Subject): Promise<Found> => {
    try {
      let [granted, isNews] = [0, false]
      for (const clearance of await ledger.of(subject)) {
        if (clearance.state === 'granted') granted++
        if (table.take(clearance)) isNews = true
      }
      return { granted, isNews }
    } catch {
      return NOTHING
    }
  }
  const begin = (subject: Subject): Promise<Found> => {
    const running = look(subject).finally(() => {
      if (looks.get(subject)?.running === running) looks.delete(subject)
    })
    looks.set(subject, { running })
    return running
  }
  const found = (subject: Subject): Promise<Found> => {
    const under = looks.get(subject)
    if (under === undefined) return begin(subject)
    under.next ??= under.running.then(() => begin(subject))
    return under.next
  }

  return async (facts) => {
    const subject = subjectOf(facts)
    if (subject instanceof Unknown) return false
    const { granted, isNews } = await found(subject)
    return isNews || granted > (facts.known('clearance.held')?.length ?? 0)
  }
}
