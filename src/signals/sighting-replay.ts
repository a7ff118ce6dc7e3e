import { createReadStream } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { eachLine } from './account-lines.ts'
import { olderOf } from './sighting-journal.ts'
import { parseBatch } from './sighting-text.ts'
import type { Learner } from './sighting.ts'

/** What reading a journal back came to; `refused` counts what was too old or not whole. */
export type ReplayedSightings = { readonly learned: number; readonly refused: number }

/**
 * Teaches learners what a journal holds of the day before `nowMs`, oldest first. A missing file holds
 * nothing; a line that is cut, bent or of another version costs only itself, and a file that cannot be
 * read on costs the rest of it. Reads only, so that several processes may. Call it before anything else is
 * learned, and not with those who write down what they learn. Never rejects.
 */
export const replaySightings = async (options: {
  readonly file: string
  readonly learners: readonly Learner[]
  readonly nowMs: number
}): Promise<ReplayedSightings> => {
  const { file, learners, nowMs } = options
  let learned = 0
  let refused = 0
  const takeLine = (line: Buffer): void => {
    if (line.length === 0) return
    const batch = parseBatch(line.toString('utf8'), nowMs)
    for (const sighting of batch.sightings) {
      for (const learner of learners) learner.learn(sighting)
    }
    learned += batch.sightings.length
    refused += batch.refused
  }
  for (const part of [olderOf(file), file]) {
    try {
      await eachLine(createReadStream(part), takeLine)
    } catch {
      // A part that is not there is no trouble; one that cannot be read on has given what it could.
    }
    await nextTurn()
  }
  return { learned, refused }
}
