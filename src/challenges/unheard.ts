import type { ClearanceLedger, Clearances, Subject } from '../core/challenge.ts'
import { Unknown, type Facts } from '../core/facts.ts'
import { subjectOf } from './subject.ts'

/** A look under way, and the one that begins after it for all who came since. */
type Looks = { readonly running: Promise<boolean>; next?: Promise<boolean> }

/**
 * Looks in the ledger for clearances of the subject of a call that this process has not heard of, and takes
 * them. True where there were any. Never rejects: a ledger that does not answer knows nothing new. At most
 * one look a subject runs at a time, and whoever comes while it does waits for the next one, since what it
 * has just been granted elsewhere may be missing in this one.
 */
export const createUnheard = (options: {
  readonly ledger: Pick<ClearanceLedger, 'of'>
  readonly table: Clearances
}): ((facts: Facts) => Promise<boolean>) => {
  const { ledger, table } = options
  const looks = new Map<Subject, Looks>()

  const look = async (subject: Subject): Promise<boolean> => {
    try {
      let isNews = false
      for (const clearance of await ledger.of(subject)) {
        if (table.take(clearance)) isNews = true
      }
      return isNews
    } catch {
      return false
    }
  }
  const begin = (subject: Subject): Promise<boolean> => {
    const running = look(subject).finally(() => {
      if (looks.get(subject)?.running === running) looks.delete(subject)
    })
    looks.set(subject, { running })
    return running
  }

  return (facts) => {
    const subject = subjectOf(facts)
    if (subject instanceof Unknown) return Promise.resolve(false)
    const under = looks.get(subject)
    if (under === undefined) return begin(subject)
    under.next ??= under.running.then(() => begin(subject))
    return under.next
  }
}
