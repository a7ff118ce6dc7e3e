import type { ChallengeKind, Clearance, Clearances, Subject } from '../core/challenge.ts'
import { createExpiryQueue } from './expiry-queue.ts'
import { listClearances, type ClearancePage, type ClearanceQuery } from './clearance-list.ts'

/** Clearances of a process by subject, in memory. */
export interface ClearanceTable extends Clearances {
  /** One by its id, unless it has run out. */
  get(id: string, nowMs: number): Clearance | undefined
  /** A page of those that have not run out, in any state. */
  list(query: ClearanceQuery & { readonly nowMs: number }): ClearancePage
  /** All that have not run out, in any state: what a process that starts is told. */
  inForce(nowMs: number): Clearance[]
  /** How many have not run out; of one kind, how many are granted. */
  size(nowMs: number, kind?: ChallengeKind): number
}

/** Far above what a guard comes to: some 130 MB. */
const MAX_ENTRIES = 200_000

const STATE_RANK = { revoked: 2, refused: 1, granted: 0 } as const

/** Beyond the bound these give way, one after the other: what ended for good is the last to be forgotten. */
const GIVING_WAY = ['granted', 'refused', 'revoked'] as const

/** Whether a word about a clearance counts over another one, in whichever order they come. */
const isNews = (word: Clearance, known: Clearance): boolean => {
  if (known.state === 'revoked') return false
  if (word.state === 'revoked') return true
  if (word.atMs !== known.atMs) return word.atMs < known.atMs
  return STATE_RANK[word.state] > STATE_RANK[known.state]
}

/**
 * What is known of clearances, wherever words come from: revoked ones stay so until they would have run
 * out, and of two words about one the earlier counts. Beyond `maxEntries` granted ones give way
 * before refused ones, and those before revoked ones, of each the soonest to run out: a granted one is looked
 * up in the ledger before its holder is challenged, while one that was forgotten to be revoked would count.
 * What has run out vanishes as others are taken or counted.
 */
export const createClearanceTable = (
  options: { readonly maxEntries?: number } = {},
): ClearanceTable => {
  const { maxEntries = MAX_ENTRIES } = options
  const byId = new Map<string, Clearance>()
  const bySubject = new Map<Subject, Map<string, Clearance>>()
  const newQueues = () => ({
    granted: createExpiryQueue(),
    refused: createExpiryQueue(),
    revoked: createExpiryQueue(),
  })
  let queues = newQueues()

  const drop = (clearance: Clearance): void => {
    byId.delete(clearance.id)
    const some = bySubject.get(clearance.subject)
    some?.delete(clearance.id)
    if (some?.size === 0) bySubject.delete(clearance.subject)
  }
  const put = (clearance: Clearance, isQueued: boolean): void => {
    const { id, subject, state, expiresMs } = clearance
    byId.set(id, clearance)
    const some = bySubject.get(subject) ?? new Map<string, Clearance>()
    some.set(id, clearance)
    bySubject.set(subject, some)
    if (isQueued) return
    queues[state].push(id, expiresMs)
    // Words that give one clearance another end or state leave their entries behind.
    const { granted, refused, revoked } = queues
    if (granted.size + refused.size + revoked.size <= 2 * maxEntries) return
    queues = newQueues()
    for (const one of byId.values()) queues[one.state].push(one.id, one.expiresMs)
  }
  /** Removes the soonest of a state to run out; an entry of a queue that was replaced counts for nothing. */
  const dropSoonest = (state: Clearance['state']): void => {
    const soonest = queues[state].peek()
    queues[state].pop()
    const clearance = soonest && byId.get(soonest.name)
    if (clearance?.state === state && clearance.expiresMs === soonest?.expiresMs) drop(clearance)
  }
  const sweep = (nowMs: number): void => {
    for (const state of GIVING_WAY) {
      while ((queues[state].peek()?.expiresMs ?? Infinity) <= nowMs) dropSoonest(state)
    }
  }
  const makeRoom = (): void => {
    for (const state of GIVING_WAY) {
      while (byId.size > maxEntries && queues[state].size > 0) dropSoonest(state)
    }
  }
  const isOn = (nowMs: number) => (clearance: Clearance) => clearance.expiresMs > nowMs

  return {
    of: (subject, nowMs) => {
      const some = bySubject.get(subject)
      return some === undefined ? [] : [...some.values()].filter(isOn(nowMs))
    },
    get: (id, nowMs) => {
      const clearance = byId.get(id)
      return clearance !== undefined && clearance.expiresMs > nowMs ? clearance : undefined
    },
    take: (clearance) => {
      const known = byId.get(clearance.id)
      if (known !== undefined) {
        if (!isNews(clearance, known)) return false
        drop(known)
      }
      put(clearance, known?.expiresMs === clearance.expiresMs && known.state === clearance.state)
      makeRoom()
      return byId.has(clearance.id)
    },
    list: ({ nowMs, ...query }) => {
      sweep(nowMs)
      const all =
        query.subject === undefined ? byId.values() : bySubject.get(query.subject)?.values()
      return listClearances(all ?? [], query)
    },
    inForce: (nowMs) => {
      sweep(nowMs)
      return [...byId.values()]
    },
    size: (nowMs, kind) => {
      sweep(nowMs)
      if (kind === undefined) return byId.size
      let held = 0
      for (const one of byId.values()) if (one.kind === kind && one.state === 'granted') held++
      return held
    },
  }
}
