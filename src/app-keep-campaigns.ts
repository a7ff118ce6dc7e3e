import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { campaignsFolder } from './app-campaigns.ts'
import type { DetectorSetup } from './campaigns/live/detector-protocol.ts'
import { openMarksLog } from './campaigns/live/marks-log.ts'
import { setupFile, setupIn, type LeftSetup } from './campaigns/live/read-campaigns.ts'
import { writeState } from './campaigns/live/state-file.ts'
import type { Mark } from './core/campaign.ts'
import { claimDataDir } from './data-dir.ts'

/** What a detector came to. */
export type FoundState = {
  readonly setup: DetectorSetup
  readonly state: Uint8Array
  /** Those in force. */
  readonly marks: readonly Mark[]
}

/** A data folder that waits for what a replay finds. */
export type CampaignsKeep = {
  /** Whether an earlier replay left something there, which {@link save} replaces. */
  readonly replaces: boolean
  /** Puts it in place of what an earlier replay left. Throws a plain sentence where the disk refuses. */
  save(found: FoundState): void
  release(): void
}

/** What names the folder on the command line. */
const OPTION = '--campaigns'

const isEmpty = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0

/**
 * Keeps a data folder for what a replay finds, in the form in which a guard leaves it: it can be looked at,
 * and a guard with the same secret goes on from it. Throws a plain sentence where a guard uses the folder,
 * or has left what it found: days of observation would be lost.
 */
export const keepCampaignsIn = (dataDir: string): CampaignsKeep => {
  const folder = campaignsFolder(dataDir)
  const { release } = claimDataDir(dataDir, OPTION)
  if (!isEmpty(folder) && setupIn(folder).replayed !== true) {
    release()
    throw new Error(
      `${dataDir} holds the campaigns of a guard, which a replay does not overwrite; name a new folder with ${OPTION}`,
    )
  }
  return {
    replaces: !isEmpty(folder),
    release,
    save: ({ setup, state, marks }) => {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        // First: whatever follows is a replay's, whole or not.
        const left: LeftSetup = { ...setup, replayed: true }
        writeFileSync(setupFile(folder), JSON.stringify(left), { mode: 0o600 })
        writeState(join(folder, 'state'), { state, journal: 0 })
        const log = openMarksLog(folder)
        log.replace(marks)
        log.close()
      } catch (error) {
        const { code = 'failed' } = error as NodeJS.ErrnoException
        throw new Error(
          `what was found could not be kept in ${dataDir} (${code}); free space there, or name another folder with ${OPTION}`,
          { cause: error },
        )
      }
    },
  }
}
