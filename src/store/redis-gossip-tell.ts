import {
  MAX_ENTRY_BYTES,
  MAX_ENTRY_TEXTS,
  type EntryForm,
  type GossipEntry,
} from './redis-gossip-entry.ts'
import { isBeyondUse } from './redis-failure.ts'
import type { GossipLink } from './redis-gossip-link.ts'

/** Says things on one stream. */
export interface Teller {
  tell(text: string): void
  /**
   * An entry of somebody else's takes part in the mean size, which decides how many the stream keeps;
   * this teller's own do so when they are appended, since hearing may lag.
   */
  sized(bytes: number): void
  stats(): { readonly told: number; readonly dropped: number; readonly waitingBytes: number }
  /** Says what is left, for a second at most. */
  close(): Promise<void>
}

/** What a teller needs. */
export type TellerOptions = {
  readonly link: GossipLink
  readonly key: string
  readonly form: EntryForm
  /** Name of this process. */
  readonly from: string
  readonly maxWaitingBytes: number
  readonly maxStreamBytes: number
  readonly ttlMs: number
  readonly onSpeaking: (speaking: boolean) => void
  readonly onDropped: (count: number) => void
  readonly onRepaired: () => void
}

const ANSWER_MS = 1_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000
/** What Redis keeps beside the texts of an entry, about. */
const ENTRY_OVERHEAD_BYTES = 200
const SHORTEST_STREAM = 64
const LONGEST_STREAM = 1_000_000

type Sealed = { readonly fields: readonly string[]; readonly texts: number; readonly bytes: number }

/**
 * Appends to a stream, one entry under way at a time, each with all that waits. An entry whose fate is
 * unknown is sent again under the same number until Redis confirms it, so that it cannot be lost and who
 * hears it twice can tell. What waits beyond `maxWaitingBytes` is dropped, the oldest first.
 */
export const createTeller = (options: TellerOptions): Teller => {
  const { link, key, form, from, maxWaitingBytes } = options
  let waiting: { readonly text: string; readonly bytes: number }[] = []
  let next = 0
  let waitingBytes = 0
  let n = 0
  let sealed: Sealed | undefined
  let underWay = false
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let meanBytes = 1_024
  let told = 0
  let dropped = 0
  let closed: (() => void) | undefined

  const drop = (): void => {
    dropped++
    options.onDropped(1)
  }
  const shift = (): (typeof waiting)[number] | undefined => {
    const first = waiting[next++]
    if (first !== undefined) waitingBytes -= first.bytes
    if (next > 1_024 && next * 2 > waiting.length) {
      waiting = waiting.slice(next)
      next = 0
    }
    return first
  }
  const makeRoom = (): void => {
    for (let over = waitingBytes - maxWaitingBytes; over > 0; drop()) over -= shift()?.bytes ?? over
  }
  const seal = (): Sealed | undefined => {
    const texts: string[] = []
    let bytes = 0
    for (;;) {
      const first = waiting[next]
      if (first === undefined || texts.length === MAX_ENTRY_TEXTS) break
      if (bytes + first.bytes > MAX_ENTRY_BYTES) break
      shift()
      texts.push(first.text)
      bytes += first.bytes
    }
    if (texts.length === 0) return undefined
    const entry: GossipEntry = { from, n: ++n, texts }
    return { fields: form.fields(entry), texts: texts.length, bytes }
  }
  const maxLength = (): number =>
    Math.max(
      SHORTEST_STREAM,
      Math.min(LONGEST_STREAM, Math.floor(options.maxStreamBytes / meanBytes)),
    )
  const sized = (bytes: number): void => {
    meanBytes += (bytes + ENTRY_OVERHEAD_BYTES - meanBytes) / 64
  }
  const append = async (entry: Sealed): Promise<void> => {
    const { client } = link
    sized(entry.bytes)
    const added = client.xadd(key, 'MAXLEN', '~', maxLength(), '*', ...entry.fields)
    // A lifetime that is missed once is set with the next entry.
    client.pexpire(key, options.ttlMs).catch(() => undefined)
    await link.within(added, ANSWER_MS)
  }
  const repair = async (error: unknown): Promise<void> => {
    if (!isBeyondUse(error)) return
    options.onRepaired()
    await link.within(link.client.unlink(key), ANSWER_MS)
  }
  const failed = (): void => {
    if (failures++ === 0) options.onSpeaking(false)
    timer ??= setTimeout(
      attempt,
      Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS),
    ).unref()
  }
  const attempt = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (underWay) return
    if (!link.ready()) {
      if (sealed !== undefined || waiting.length > next) failed()
      return
    }
    sealed ??= seal()
    if (sealed === undefined) return closed?.()
    underWay = true
    const entry = sealed
    append(entry)
      .then(() => {
        sealed = undefined
        told += entry.texts
        if (failures > 0) options.onSpeaking(true)
        failures = 0
      })
      .catch((error: unknown) => {
        failed()
        return repair(error)
      })
      .catch(() => undefined)
      .finally(() => {
        underWay = false
        if (timer === undefined) attempt()
      })
  }
  // Who waits for a connection is told of it, instead of looking again a second later.
  link.client.on('ready', attempt)

  return {
    tell: (text) => {
      const bytes = Buffer.byteLength(text)
      if (bytes > MAX_ENTRY_BYTES || closed !== undefined) return drop()
      waiting.push({ text, bytes })
      waitingBytes += bytes
      makeRoom()
      if (timer === undefined) attempt()
    },
    sized,
    stats: () => ({ told, dropped, waitingBytes: waitingBytes + (sealed?.bytes ?? 0) }),
    close: async () => {
      const done = new Promise<void>((resolve) => {
        closed = resolve
        setTimeout(resolve, ANSWER_MS).unref()
      })
      attempt()
      await done
      clearTimeout(timer)
      const left = waiting.length - next + (sealed?.texts ?? 0)
      if (left > 0) options.onDropped(left)
    },
  }
}
