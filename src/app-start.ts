import { createClosers, type Closers } from './app-closers.ts'
import type { Problem } from './core/problem.ts'
import { openDataDir, type DataDir } from './data-dir.ts'
import type { OwnToken } from './http/admin/token.ts'
import { PolicyProblems, type Reload } from './policy/live.ts'
import type { Settings } from './settings.ts'

/** A running Stillwatch. */
export type App = {
  readonly guardUrl: string
  readonly adminUrl: string
  /** The token that was made for the operator, where none is configured. */
  readonly ownToken: (OwnToken & { readonly file: string }) | undefined
  /** What an operator should know at the start. */
  readonly notices: readonly string[]
  revision(): string
  reload(): Promise<Reload>
  /** Drains, then writes down what is left. */
  close(): Promise<void>
}

/** Why a start failed: problems in files, or one sentence. */
export type Started =
  | { readonly ok: true; readonly app: App }
  | { readonly ok: false; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly reason: string }

/** A failure as one sentence for whoever started the program. */
export const sentenceOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'EADDRINUSE' || code === 'EACCES'
    ? `${message}; set listen or admin.listen to a free address`
    : message
}

/** Opens the data folder and composes. Never rejects; what was opened before it failed is closed again. */
export const startIn = async (
  settings: Settings,
  compose: (dataDir: DataDir, closers: Closers) => Promise<App>,
): Promise<Started> => {
  const closers = createClosers()
  let dataDir: DataDir | undefined
  try {
    dataDir = openDataDir(settings.path(settings.data_dir), settings.secret)
    return { ok: true, app: await compose(dataDir, closers) }
  } catch (error) {
    await closers.close()
    dataDir?.release()
    if (error instanceof PolicyProblems) return { ok: false, problems: error.problems }
    return { ok: false, reason: sentenceOf(error) }
  }
}
