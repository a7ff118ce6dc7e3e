import { open, stat } from 'node:fs/promises'
import type { Summary } from '../replay/summary.ts'
import { wordOf } from './campaigns-words.ts'
import type { Streams } from './serve.ts'

/** For the owner alone: whose calls they were is in all of it. */
const MODE = 0o600

/**
 * Writes the summary of a replay as a file that its owner alone can read, or to a pipe. Rejects with the
 * reason of the file system.
 */
export const writeSummary = async (
  file: string,
  summary: Summary,
  indent: number,
): Promise<void> => {
  const handle = await open(file, 'w', MODE)
  try {
    // A file that was there has kept its mode; one of somebody else's keeps what its owner gave it.
    if ((await handle.stat()).isFile()) await handle.chmod(MODE).catch(() => undefined)
    await handle.writeFile(`${JSON.stringify(summary, null, indent)}\n`)
  } finally {
    await handle.close()
  }
}

/** Says of each file that holds something that it is going to be written anew. */
export const tellReplaced = async (
  files: { readonly [option: string]: string | undefined },
  { err }: Streams,
): Promise<void> => {
  for (const [option, file] of Object.entries(files)) {
    const found = file === undefined ? undefined : await stat(file).catch(() => undefined)
    if (file === undefined || found === undefined || !found.isFile() || found.size === 0) continue
    err.write(`stillwatch: ${option} ${wordOf(file)} replaces what a replay left there\n`)
  }
}
