import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DetectorReport, DetectorSetup } from './detector-protocol.ts'
import { journalLines, openObservationJournal } from './observation-journal.ts'
import { setupFile } from './read-campaigns.ts'
import { readState, writeState } from './state-file.ts'

/** What a detector remembers on disk: its last state, and what it took since. */
export type DetectorKeep = {
  /** State as saved last; `undefined` where there is none, or none that is whole. */
  readonly saved: Uint8Array | undefined
  /** What was taken since then, oldest first. */
  lines(): Iterable<string>
  add(line: string): void
  flush(): void
  /** Bytes of the journal that is written. */
  bytes(): number
  save(state: Uint8Array): void
  /** Keeps the file of the state that was read from being replaced by the next. */
  setAside(because: string): void
  /** Writes down how the detector is set up, for those who read what it left. */
  describe(setup: DetectorSetup): void
  close(): void
}

/** Starts in a row that came to nothing before the journal, and then the state too, is not read. */
const WITHOUT_JOURNAL = 3
const WITHOUT_STATE = 5

const words = (error: unknown): string =>
  error instanceof Error ? error.message.slice(0, 200) : 'unknown'

/** Moves a file aside; of those set aside before only the newest stays. */
const setAside = (
  file: string,
  report: (report: DetectorReport) => void,
  because: string,
): void => {
  const folder = dirname(file)
  const prefix = `${basename(file)}.damaged-`
  for (const name of readdirSync(folder)) {
    if (name.startsWith(prefix)) rmSync(join(folder, name), { force: true })
  }
  const to = `${file}.damaged-${Date.now()}`
  renameSync(file, to)
  report({ what: 'set_aside', to, because })
}

/**
 * Opens the files of a detector for their only writer. A state that is not whole is set aside, and the
 * detector begins with the journals that are there; a folder that cannot be used is reported, and the
 * detector works without. Nothing here throws: what is not on disk is lost with the process, no more.
 */
export const openDetectorKeep = (options: {
  readonly folder: string
  readonly failedStarts: number
  readonly report: (report: DetectorReport) => void
}): DetectorKeep => {
  const { folder, failedStarts, report } = options
  const file = join(folder, 'state')
  let failing = false

  const tried = <T>(work: () => T): T | undefined => {
    try {
      const value = work()
      if (failing) report({ what: 'files_work' })
      failing = false
      return value
    } catch (error) {
      if (!failing) report({ what: 'files_failing', because: words(error) })
      failing = true
      return undefined
    }
  }

  const loaded = tried(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const state = readState(file)
    if (state === 'damaged') setAside(file, report, 'it is not whole')
    else if (state !== undefined && failedStarts >= WITHOUT_STATE) {
      setAside(file, report, 'no start came to an end with it')
    } else return state
    return undefined
  })
  const first = failedStarts >= WITHOUT_JOURNAL ? Number.MAX_SAFE_INTEGER : (loaded?.journal ?? 0)
  const journal = tried(() => openObservationJournal(folder, loaded?.journal))

  return {
    saved: loaded?.state,
    lines: function* () {
      if (journal === undefined) return
      for (const line of journalLines(folder, first)) yield line
    },
    add: (line) => journal?.add(line),
    flush: () => {
      tried(() => journal?.flush())
    },
    bytes: () => journal?.bytes() ?? 0,
    save: (state) => {
      if (journal === undefined) return
      tried(() => {
        journal.flush()
        journal.turn()
        writeState(file, { state, journal: journal.current() })
        journal.forgetBefore(journal.current())
      })
    },
    setAside: (because) => {
      tried(() => setAside(file, report, because))
    },
    describe: (setup) => {
      tried(() => writeFileSync(setupFile(folder), JSON.stringify(setup), { mode: 0o600 }))
    },
    close: () => {
      tried(() => journal?.flush())
      tried(() => journal?.close())
    },
  }
}
