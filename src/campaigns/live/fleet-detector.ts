import { setTimeout as pause } from 'node:timers/promises'
import type { Mark } from '../../core/campaign.ts'
import type { DetectorReport, DetectorSetup } from './detector-protocol.ts'
import type { Detector, DetectorOptions } from '../detector-seam.ts'
import { isClockAhead } from './clock-ahead.ts'
import { beginDuty, type Duty } from './fleet-duty.ts'
import type { FleetStore } from './fleet-seams.ts'
import { parseLabel } from './label-text.ts'
import { marksTexts, parseMarks } from './mark-text.ts'
import { parseObservations } from './observation-text.ts'
import { restoredDetector } from './restored-detector.ts'
import { ALIVE, createSpoken, type Alive } from './spoken.ts'

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
const NONE: ReadonlySet<string> = new Set()

/** The lease was not there any more when it was to be prolonged. */
class LostLease extends Error {}

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

  const takeOver = async (fence: number): Promise<Duty> => {
    const loaded = await store.loadState()
    if (loaded === 'damaged') {
      report({ what: 'problem', because: 'the state in the store is not whole and is left out' })
    }
    const state = loaded === 'damaged' ? undefined : loaded
    const owed = new Map<string, Mark>()
    const { detector, refused } = restoredDetector({
      createDetector,
      setup,
      saved: state?.state,
      onMark: (mark) => void owed.set(mark.entity, mark),
      onProblem: (because) => report({ what: 'problem', because }),
    })
    // The next save would take with it what operators said: another version may still read this one.
    if (refused !== undefined) await store.setStateAside()
    // Those that hold are said again: a mark may have been made after the state was saved, and lost.
    for (const mark of detector.marks()) owed.set(mark.entity, mark)
    return beginDuty({ detector, owed, state, fence, report })
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

  const keepLease = async (on: Duty): Promise<void> => {
    const nowMs = performance.now()
    if (nowMs - on.renewedAtMs <= leaseMs / 6) return
    if (!(await store.renew())) throw new LostLease('the right to detect was lost while detecting')
    on.renewedAtMs = nowMs
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
      // One of them may have led to a look at everything.
      await keepLease(on)
    }
    if (refused > 0 && !told) {
      told = true
      report({ what: 'problem', because: `${refused} observations in the store are none` })
    }
    on.positions = positions
    on.behindMs = toldMs === undefined ? 0 : Math.max(0, nowMs - toldMs)
    // Behind the calls, its clock is theirs: what is still to be read is older than now.
    if (texts.length === 0 || isClockAhead(on.detector, nowMs)) {
      guarded(() => on.detector.tick(nowMs))
    }
    return texts.length
  }

  const hearLabels = async (on: Duty): Promise<void> => {
    const { labels } = await store.labels(on.positions[LABELS])
    for (const { id, name, saidAtMs, text } of labels) {
      on.positions = { ...on.positions, [LABELS]: id }
      if (!on.heard.take(name, saidAtMs, Date.now())) continue
      const label = parseLabel(text)
      let answer: unknown
      if (label !== undefined) {
        guarded(() => (answer = on.watch.label(label)))
        on.labelled.add(label.campaign)
      }
      on.answers.set(id, JSON.stringify(answer ?? null))
    }
    if (on.answers.size === 0) return
    await payMarks(on)
    await say(on, on.labelled)
    on.labelled.clear()
    for (const [id, answer] of on.answers) {
      await store.answer(id, answer)
      on.answers.delete(id)
    }
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

  const say = async (on: Duty, full: 'all' | ReadonlySet<string>): Promise<void> => {
    on.watch.look()
    const news = on.spoken.news(on.detector, full)
    await store.say(news)
    on.spoken.kept(news)
    on.unsaid = false
    if (full === 'all') on.spokenPassMs = on.detector.status().lastPassMs
  }
  const sayAlive = async (on: Duty): Promise<void> => {
    const alive: Alive = { beat: ++beat, lagMs: on.behindMs, levels: on.spoken.levels() }
    await store.say(new Map([[ALIVE, JSON.stringify(alive)]]))
    on.saidAtMs = performance.now()
  }
  const save = async (on: Duty): Promise<void> => {
    on.savedAtMs = performance.now()
    const { detector, positions, heard } = on
    await store.saveState({ state: detector.save(), positions, labels: heard.save() })
  }
  const sweep = async (on: Duty): Promise<void> => {
    on.sweptAtMs = performance.now()
    const nowMs = Date.now()
    await store.sweepMarks((text) => !parseMarks(text).marks.some(({ untilMs }) => untilMs > nowMs))
  }

  /** One round of an active detector. */
  const round = async (on: Duty): Promise<void> => {
    const nowMs = performance.now()
    await keepLease(on)
    if (on.anew) {
      for (const mark of on.detector.marks()) on.owed.set(mark.entity, mark)
      on.spoken = createSpoken()
      on.saidAtMs = Number.NEGATIVE_INFINITY
    }
    const read = await observe(on)
    on.unsaid ||= on.owed.size > 0
    await payMarks(on)
    // What is said can be said again; what is not saved is read again by whoever comes next.
    if (on.anew || nowMs - on.savedAtMs > saveMs) await save(on)
    on.anew = false
    await hearLabels(on)
    const passed = on.detector.status().lastPassMs !== on.spokenPassMs
    if (passed || on.saidAtMs === Number.NEGATIVE_INFINITY) await say(on, 'all')
    if (nowMs - on.saidAtMs > SAY_MS) {
      // Evidence and members are as of the last pass; with every mark they would be too much to say.
      if (on.unsaid) await say(on, NONE)
      await sayAlive(on)
    }
    if (nowMs - on.sweptAtMs > SWEEP_MS) await sweep(on)
    if (read === 0) await rest(idleMs)
  }

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        if (!held || duty === undefined) await standBy()
        else await round(duty)
        troubled = false
      } catch (error) {
        const isLost = error instanceof LostLease || store.isFenced(error)
        held &&= !isLost
        if (isLost || !troubled) report({ what: 'problem', because: words(error) })
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
