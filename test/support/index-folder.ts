import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { CallEvent } from '../../src/core/event.ts'
import { createDecisionIndex, type DecisionIndex } from '../../src/sinks/decision-index.ts'
import type { DecisionFilter, DecisionPage } from '../../src/sinks/decision-query.ts'
import { createDecisionRecord } from '../../src/sinks/decision-record.ts'
import type { IndexReport } from '../../src/sinks/index-protocol.ts'
import { anEvent, aRuling } from './an-event.ts'

/** Arrival of the decision `id-0`; `id-N` arrives N milliseconds later. */
export const FIRST_AT_MS = Date.UTC(2026, 3, 22)

/** The record of an event, with the network of its address. */
export const recordOf = createDecisionRecord({ addresses: 'network', hash: (text) => text })

/** A call that rule `r-1` denied, the Nth of a test. */
export const deniedEvent = (n: number, changes: Partial<CallEvent> = {}): CallEvent =>
  anEvent({
    arrival: { ...anEvent().arrival, id: `id-${n}`, atMs: FIRST_AT_MS + n },
    ruling: aRuling({ verdict: 'deny', rule: 'r-1' }),
    ...changes,
  })

/** Decision ids of a page. */
export const idsOf = (page: DecisionPage): string[] =>
  page.records.map(
    (text) => (JSON.parse(text) as Record<string, string>)['stillwatch.decision.id'] ?? '',
  )

/** A page; fails where there is no answer. */
export const askIndex = async (
  index: DecisionIndex,
  filter: Partial<DecisionFilter> = {},
): Promise<DecisionPage> => {
  const answer = await index.query({ limit: 100, ...filter })
  if (!answer.ok) throw new Error(answer.why)
  return answer.value
}

/** One record by its id; fails where there is no answer. */
export const findIn = async (index: DecisionIndex, id: string): Promise<string | undefined> => {
  const answer = await index.find(id)
  if (!answer.ok) throw new Error(answer.why)
  return answer.value
}

/** A folder for each test, with what indexes in it dropped and reported. */
export type IndexFolder = {
  root: string
  path: string
  segments: string
  dropped: number
  reports: IndexReport[]
  open(options?: object): DecisionIndex
}

/** Makes the folder before each test of a file, and closes and removes everything after it. */
export const useIndexFolder = (): IndexFolder => {
  const opened: DecisionIndex[] = []
  const folder: IndexFolder = {
    root: '',
    path: '',
    segments: '',
    dropped: 0,
    reports: [],
    open(options = {}) {
      const index = createDecisionIndex({
        path: folder.path,
        segments: folder.segments,
        arrivalMsOf: (id) => (id.startsWith('id-') ? FIRST_AT_MS + Number(id.slice(3)) : undefined),
        flushMs: 5,
        onDrop: (count) => {
          folder.dropped += count
        },
        onReport: (report) => void folder.reports.push(report),
        ...options,
      })
      opened.push(index)
      return index
    },
  }
  beforeEach(async () => {
    folder.root = await mkdtemp(join(tmpdir(), 'stillwatch-index-'))
    folder.path = join(folder.root, 'decisions.sqlite')
    folder.segments = join(folder.root, 'decisions')
    folder.dropped = 0
    folder.reports = []
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((index) => index.close()))
    await rm(folder.root, { recursive: true, force: true })
  })
  return folder
}
