import { keepCampaignsIn, type FoundState } from '../app-keep-campaigns.ts'
import { wordOf } from './campaigns-words.ts'
import { EXIT, type ExitCode } from './exit.ts'
import type { Streams } from './serve.ts'

/** What a replay found, for {@link keepingFound}. */
type Found = { found(): FoundState }

/**
 * Runs a replay with the folder of its `--campaigns`, which is claimed first: nobody replays for an hour
 * and cannot keep what came of it. `work` calls `keep` once, at its end, with how many campaigns there are.
 */
export const keepingFound = async (
  folder: string | undefined,
  { err }: Streams,
  work: (keep: (replay: Found, campaigns: number) => ExitCode) => Promise<ExitCode>,
): Promise<ExitCode> => {
  const tell = (error: unknown): ExitCode => {
    err.write(`stillwatch: ${error instanceof Error ? error.message : String(error)}\n`)
    return EXIT.failed
  }
  const many = (campaigns: number): string =>
    campaigns === 1 ? '1 campaign' : `${campaigns} campaigns`
  if (folder === undefined) {
    return work((_, campaigns) => {
      if (campaigns > 0) {
        err.write(
          `stillwatch: ${many(campaigns)} found; replay with --campaigns FOLDER to look at ${campaigns === 1 ? 'it' : 'them'}\n`,
        )
      }
      return EXIT.done
    })
  }
  let kept: ReturnType<typeof keepCampaignsIn>
  try {
    kept = keepCampaignsIn(folder)
  } catch (error) {
    return tell(error)
  }
  if (kept.replaces) {
    err.write(`stillwatch: --campaigns ${wordOf(folder)} replaces what a replay left there\n`)
  }
  try {
    return await work((replay, campaigns) => {
      try {
        kept.save(replay.found())
      } catch (error) {
        return tell(error)
      }
      err.write(
        `stillwatch: ${campaigns === 0 ? 'no campaign' : many(campaigns)} found; see stillwatch campaigns list --data ${wordOf(folder)}\n`,
      )
      return EXIT.done
    })
  } finally {
    kept.release()
  }
}
