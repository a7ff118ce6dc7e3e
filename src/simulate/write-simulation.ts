import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { RecordedCall } from '../core/trace.ts'
import type { Simulation } from './simulation.ts'
import { traceText } from './trace-text.ts'

const CHUNK_CHARS = 1 << 18
/** For the owner alone: with `--data` prompts of real people may be in it. */
const MODE = 0o600

function* linesOf(simulation: Simulation, onCall: (call: RecordedCall) => void): Generator<string> {
  let chunk = ''
  for (let call = simulation.next(); call !== undefined; call = simulation.next()) {
    chunk += traceText(call)
    onCall(call)
    if (chunk.length < CHUNK_CHARS) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

function* accountTexts(simulation: Simulation): Generator<string> {
  for (const account of simulation.accounts) yield `${JSON.stringify(account)}\n`
}

/** Writes the accounts file of a simulation, for its owner alone; refuses to write over another file. */
export const writeAccounts = (simulation: Simulation, file: string): Promise<void> =>
  pipeline(accountTexts(simulation), createWriteStream(file, { flags: 'wx', mode: MODE }))

/** Makes an empty folder, or says why it cannot be used. */
const emptyFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const found = await readdir(folder)
  if (found.length > 0) {
    throw new Error(`${folder} is not empty; name a new folder, or empty it`)
  }
}

/**
 * Writes `accounts.jsonl` and `trace.jsonl.gz`, for their owner alone, into a folder that is empty or not there yet. A file has its
 * name only when it is whole; after a failure nothing is left behind. Rejects with one plain sentence.
 */
export const writeSimulation = async (
  simulation: Simulation,
  folder: string,
  onCall: (call: RecordedCall) => void = () => {},
): Promise<void> => {
  const files = ['accounts.jsonl', 'trace.jsonl.gz'].map((name) => join(folder, name))
  const [accounts = '', trace = ''] = files
  try {
    await emptyFolder(folder)
    try {
      await writeAccounts(simulation, `${accounts}.part`)
      await pipeline(
        Readable.from(linesOf(simulation, onCall), { objectMode: true, highWaterMark: 2 }),
        // Speed before size: a trace is read a few times and thrown away.
        createGzip({ level: 1 }),
        createWriteStream(`${trace}.part`, { flags: 'wx', mode: MODE }),
      )
      for (const file of files) await rename(`${file}.part`, file)
    } catch (error) {
      for (const file of files) await rm(`${file}.part`, { force: true })
      throw error
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    const what =
      code === 'ENOSPC'
        ? 'the disk is full; free some space, or name a folder on another disk'
        : `it cannot be written (${code}); name a folder that can`
    throw new Error(`${folder}: ${what}`, { cause: error })
  }
}
