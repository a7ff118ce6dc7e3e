import type { Admission, Cost } from '../../core/decision.ts'
import type { Taken } from '../../core/ledger.ts'
import { isRefused, meet, refusalOf, stateOf, type FleetCharge } from './charge.ts'
import { askAll, groupsOf, type FleetGroup } from './flight.ts'
import type { FleetLink } from './link.ts'
import type { Own } from './own.ts'
import { OpenLease } from '../open-lease.ts'
import { chargedAt } from '../window.ts'

/** Takes over a ledger's answer. An enforced limit that the ledger charged fits, however it rounds. */
const believe = (charges: readonly FleetCharge[], taken: Taken): void => {
  const { admitted, readings, nowMs } = taken
  let nearest: FleetCharge | undefined
  let leastRoom = Infinity
  for (const [at, charge] of charges.entries()) {
    const reading = readings[at]
    if (reading === undefined) continue
    const { demand, amount } = charge
    meet(charge, reading, demand.quota, nowMs)
    if (!demand.enforced) continue
    if (admitted) {
      charge.fits = true
      charge.refusing = undefined
    }
    const room = demand.quota > 0 ? demand.quota - amount - charge.used : -Infinity
    if (room < leastRoom) {
      leastRoom = room
      nearest = charge
    }
  }
  if (admitted || nearest === undefined) return
  nearest.fits = false
  nearest.refusing = 'exceeded'
}

/** Admits calls by the ledgers that are trusted and by this process's share of the others. */
export const createFleetAdmission = (options: {
  readonly links: readonly FleetLink[]
  readonly own: Own
}): ((charges: readonly FleetCharge[], cost: Cost) => Admission | Promise<Admission>) => {
  const { links, own } = options

  const judgeAlone = ({ link, charges }: FleetGroup): void => {
    link.countLocalDecision()
    const nowMs = link.nowMs()
    const aloneMs = link.aloneMs()
    for (const charge of charges) {
      own.judge(charge, nowMs)
      charge.aloneMs = aloneMs
    }
  }

  /** Counts alone what was judged alone, and notes it for the ledger. */
  const takeAlone = ({ link, charges }: FleetGroup): void => {
    for (const charge of charges) {
      own.take(charge)
      const { fits, amount, concurrent, family, expiresMs } = charge
      if (fits && !concurrent) link.note(charge, family.window, amount, expiresMs)
    }
  }

  const tellLedger = (link: FleetLink, charge: FleetCharge): void => {
    const { hi, lo, concurrent, family, amount, expiresMs } = charge
    link.correct({ hi, lo, concurrent, window: family.window, expiresMs, delta: -amount })
  }

  const startRunning = ({ link, charges }: FleetGroup): void => {
    for (const charge of charges) {
      if (!charge.concurrent) continue
      charge.timesHeld = link.timesHeld()
      own.startRunning(charge)
    }
  }

  /** A call that does not run after all; the ledger may have been told of it meanwhile. */
  const stopRunning = ({ link, charges }: FleetGroup, which: 'all' | 'unfit'): void => {
    for (const charge of charges) {
      if (!charge.concurrent || (which === 'unfit' && charge.fits)) continue
      own.stopRunning(charge)
      if (charge.timesHeld !== link.timesHeld()) tellLedger(link, charge)
    }
  }

  /** Undoes {@link takeAlone}. */
  const undoAlone = ({ link, charges }: FleetGroup): void => {
    for (const charge of charges) {
      if (!charge.fits) continue
      own.correct(charge, -charge.amount)
      tellLedger(link, charge)
    }
  }

  /** Gives back what a ledger charged and this process has not taken over. */
  const undoTaken = ({ link, charges }: FleetGroup): void => {
    for (const charge of charges) {
      if (!charge.fits) continue
      const { concurrent, family, reading, amount, nowMs } = charge
      if (concurrent) own.stopRunning(charge)
      else charge.expiresMs = chargedAt(family.window, reading, amount, nowMs).expiresMs
      tellLedger(link, charge)
    }
  }

  const admitted = (charges: readonly FleetCharge[], cost: Cost, degraded: boolean): Admission => ({
    admitted: true,
    lease: new OpenLease(cost, charges),
    states: charges.map((charge) => stateOf(charge, charge.amount)),
    degraded,
  })

  /** What the ledgers that are down leave open was counted already; it is undone on a refusal. */
  const askUp = async (
    charges: readonly FleetCharge[],
    cost: Cost,
    up: readonly FleetGroup[],
    down: readonly FleetGroup[],
  ): Promise<Admission> => {
    for (const group of up) startRunning(group)
    const answers = await askAll(up, 'take')
    const failed: FleetGroup[] = []
    const taken: FleetGroup[] = []
    for (const [at, group] of up.entries()) {
      const answer = answers[at]
      if (answer?.admitted !== true) stopRunning(group, 'all')
      if (answer === undefined) {
        judgeAlone(group)
        failed.push(group)
        continue
      }
      believe(group.charges, answer)
      if (!answer.admitted) continue
      stopRunning(group, 'unfit')
      taken.push(group)
    }
    const degraded = down.length + failed.length > 0
    if (isRefused(charges)) {
      for (const group of taken) undoTaken(group)
      for (const group of down) undoAlone(group)
      return refusalOf(charges, degraded)
    }
    for (const { charges: own_ } of taken) for (const charge of own_) own.adopt(charge)
    for (const group of failed) takeAlone(group)
    return admitted(charges, cost, degraded)
  }

  /** The call is refused whatever the other ledgers say; they are only asked how they stand. */
  const refuseAndRead = async (
    charges: readonly FleetCharge[],
    up: readonly FleetGroup[],
  ): Promise<Admission> => {
    const answers = await askAll(up, 'read')
    for (const [at, group] of up.entries()) {
      const answer = answers[at]
      if (answer === undefined) judgeAlone(group)
      else believe(group.charges, answer)
    }
    return refusalOf(charges, true)
  }

  return (charges, cost) => {
    const up: FleetGroup[] = []
    const down: FleetGroup[] = []
    for (const group of groupsOf(links, charges)) {
      if (group.link.trusted()) {
        up.push(group)
      } else {
        judgeAlone(group)
        down.push(group)
      }
    }
    for (const charge of charges) {
      if (!charge.located) meet(charge, charge.reading, charge.ceiling, charge.nowMs)
    }
    const refused = isRefused(charges)
    if (up.length === 0 && refused) return refusalOf(charges, down.length > 0)
    if (refused) return refuseAndRead(charges, up)
    for (const group of down) takeAlone(group)
    if (up.length === 0) return admitted(charges, cost, down.length > 0)
    return askUp(charges, cost, up, down)
  }
}
