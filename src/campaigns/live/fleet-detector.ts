import { setTimeout as pause } from 'node:timers/promises'
import type { Mark } from '../../core/campaign.ts'
import type { DetectorReport, DetectorSetup } from './detector-protocol.ts'
import type { Detector, DetectorOptions } from '../detector-seam.ts'
import type { FleetStore, Positions } from './fleet-seams.ts'
import { parseLabel } from './label-text.ts'
import { marksTexts, parseMarks } from './mark-text.ts'
import { parseObservations } from './observation-text.ts'
import { ALIVE, createSpoken, type Alive, type Spoken } from './spoken.ts'

/** What the detector of a fleet is run with; times in milliseconds. */
export type FleetDetectorOptions = {
  readonly store: FleetStore
  readonly setup: DetectorSetup
  readonly createDetector: (options: DetectorOptions) => Detector
  readonly report: (report: DetectorReport) => void
  readonly leaseMs: number
  readonly saveMs: number
  /** Pause between two readings where nothing came. */
  readonly idleMs?: number
}

/** A process that detects for its fleet, or stands by. */
export type FleetDetector = {
  /** Whether it holds the lease, as far as it knows. */
  active(): boolean
  /** Saves, gives the lease back and ends. Never rejects. */
  close(): Promise<void>
}

/** Position of the labels among those of the observations. */
const LABELS = 'labels'
const SAY_MS = 2_000
const SWEEP_MS = 3_600_000

type Duty = {
  readonly detector: Detector
  positions: Positions
  /** Marks that the store has not got yet, the latest of each entity. */
  readonly owed: Map<string, Mark>
  spoken: Spoken
  saidAtMs: number
  spokenPassMs: number | undefined
  savedAtMs: number
  sweptAtMs: number
  renewedAtMs: number
  behindMs: number
  /** Whether what stands in the store may be of an older memory than this one. */
  anew: boolean
  fence: number
}

const words = (error: unknown): string =>
  error instanceof Error ? error.message.slice(0, 200) : 'unknown'

/**
 * Detects for a fleet while it holds the lease, else stands by. Whoever takes over restores the last saved
 * state and reads on from the positions saved with it, so that every observation is read at least once; a
 * detector counts one that it meets again only once. A mark is in the store before anybody is told of it,
 * so none is lost with a process. While the store is away everything is kept and done later; a lease that
 * ran out meanwhile is taken again, and unless another process had it the detector goes on as it is, also
 * over a store that was emptied. Never rejects.
 */
export const runFleetDetector = (options: FleetDetectorOptions): FleetDetector => {
  const { store, setup, report, createDetector, leaseMs, saveMs, idleMs = 200 } = options
  const stop = new AbortController()
  let duty: Duty | undefined
  let held = false
  let troubled = false
  let told = false
  let beat = 0

  const rest = (ms: number): Promise<unknown> =>
    pause(ms, undefined, { signal: stop.signal }).catch(() => undefined)

  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      if (!told) report({ what: 'problem', because: words(error) })
      told = true
    }
  }

  const detectorFrom = (saved: Uint8Array | undefined, onMark: (mark: Mark) => void): Detector => {
    const onProblem = (because: string): void => report({ what: 'problem', because })
    try {
      return createDetector({ ...setup, onMark, saved, onProblem })
    } catch (error) {
      onProblem(`the saved state is of no use: ${words(error)}`)
      return createDetector({ ...setup, onMark, onProblem })
    }
  }

  const takeOver = async (fence: number): Promise<Duty> => {
    const loaded = await store.loadState()
    if (loaded === 'damaged') {
      report({ what: 'problem', because: 'the state in the store is not whole and is left out' })
    }
    const state = loaded === 'damaged' ? undefined : loaded
    const owed = new Map<string, Mark>()
    const detector = detectorFrom(state?.state, (mark) => void owed.set(mark.entity, mark))
    // Those that hold are said again: a mark may have been made after the state was saved, and lost.
    for (const mark of detector.marks()) owed.set(mark.entity, mark)
    const nowMs = performance.now()
    return {
      detector,
      owed,
      positions: state?.positions ?? {},
      spoken: createSpoken(),
      saidAtMs: Number.NEGATIVE_INFINITY,
      spokenPassMs: undefined,
      savedAtMs: nowMs,
      sweptAtMs: nowMs,
      renewedAtMs: nowMs,
      behindMs: 0,
      anew: false,
      fence,
    }
  }

  /** Tries to get the lease; what is in memory goes on unless another process had it meanwhile. */
  const standBy = async (): Promise<void> => {
    const fence = await store.acquire()
    if (fence === undefined) {
      duty = undefined
      return void (await rest(leaseMs / 4))
    }
    const mine = duty !== undefined && (fence === duty.fence + 1 || fence <= duty.fence)
    if (duty === undefined || !mine) duty = await takeOver(fence)
    else {
      duty.fence = fence
      duty.anew = true
      duty.renewedAtMs = performance.now()
    }
    held = true
  }

  const observe = async (on: Duty): Promise<number> => {
    const { texts, positions, junk, toldMs } = await store.read(on.positions)
    const nowMs = Date.now()
    let refused = junk
    for (const text of texts) {
      const parsed = parseObservations(text, nowMs)
      refused += parsed.refused
      for (const observation of parsed.observations) {
        guarded(() => on.detector.observe(observation))
      }
    }
    if (refused > 0 && !told) {
      told = true
      report({ what: 'problem', because: `${refused} observations in the store are none` })
    }
    on.positions = positions
    on.behindMs = toldMs === undefined ? 0 : Math.max(0, nowMs - toldMs)
    // Behind the calls, its clock is theirs: what is still to be read is older than now.
    if (texts.length === 0) guarded(() => on.detector.tick(nowMs))
    return texts.length
  }

  const hearLabels = async (on: Duty): Promise<void> => {
    const { labels, position } = await store.labels(on.positions[LABELS])
    for (const { id, text } of labels) {
      const label = parseLabel(text)
      let answer: unknown
      if (label !== undefined) guarded(() => (answer = on.detector.label(label)))
      await payMarks(on)
      await say(on)
      await store.answer(id, JSON.stringify(answer ?? null))
    }
    on.positions = { ...on.positions, [LABELS]: position }
  }

  const payMarks = async (on: Duty): Promise<void> => {
    if (on.owed.size === 0) return
    const marks = [...on.owed.values()]
    await store.writeMarks(
      marks.map((mark) => ({ entity: mark.entity, text: marksTexts([mark])[0] ?? '' })),
    )
    for (const mark of marks) {
      if (on.owed.get(mark.entity) === mark) on.owed.delete(mark.entity)
    }
    for (const text of marksTexts(marks)) store.tellMarks(text)
  }

  const say = async (on: Duty): Promise<void> => {
    const news = on.spoken.news(on.detector)
    on.spokenPassMs = on.detector.status().lastPassMs
    await store.say(news)
    on.spoken.kept(news)
  }
  const sayAlive = async (on: Duty): Promise<void> => {
    const alive: Alive = { beat: ++beat, lagMs: on.behindMs, levels: on.spoken.levels() }
    await store.say(new Map([[ALIVE, JSON.stringify(alive)]]))
    on.saidAtMs = performance.now()
  }
  const save = async (on: Duty): Promise<void> => {
    on.savedAtMs = performance.now()
    await store.saveState({ state: on.detector.save(), positions: on.positions })
  }
  const sweep = async (on: Duty): Promise<void> => {
    on.sweptAtMs = performance.now()
    const nowMs = Date.now()
    await store.sweepMarks((text) => !parseMarks(text).marks.some(({ untilMs }) => untilMs > nowMs))
  }

  /** One round of an active detector; false where the lease is lost. */
  const round = async (on: Duty): Promise<boolean> => {
    const nowMs = performance.now()
    if (nowMs - on.renewedAtMs > leaseMs / 6) {
      if (!(await store.renew())) return false
      on.renewedAtMs = nowMs
    }
    if (on.anew) {
      for (const mark of on.detector.marks()) on.owed.set(mark.entity, mark)
      on.spoken = createSpoken()
      on.saidAtMs = Number.NEGATIVE_INFINITY
    }
    const read = await observe(on)
    const marked = on.owed.size > 0
    await payMarks(on)
    await hearLabels(on)
    const passed = on.detector.status().lastPassMs !== on.spokenPassMs
    if (passed || marked || on.saidAtMs === Number.NEGATIVE_INFINITY) await say(on)
    if (nowMs - on.saidAtMs > SAY_MS) await sayAlive(on)
    if (on.anew || nowMs - on.savedAtMs > saveMs) await save(on)
    if (nowMs - on.sweptAtMs > SWEEP_MS) await sweep(on)
    on.anew = false
    if (read === 0) await rest(idleMs)
    return true
  }

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        if (!held || duty === undefined) await standBy()
        else if (!(await round(duty))) held = false
        troubled = false
      } catch (error) {
        if (store.isFenced(error)) held = false
        else if (!troubled) report({ what: 'problem', because: words(error) })
        troubled = true
        await rest(idleMs)
      }
    }
    if (!held || duty === undefined) return
    try {
      await payMarks(duty)
      await save(duty)
      await store.release()
    } catch {
      // What was not saved now, whoever comes next reads again.
    }
  }
  const running = run()

  return {
    active: () => held,
    close: async () => {
      stop.abort()
      await running
    },
  }
}
