/** Whatever is opened and must be closed. */
export type Closable = { close(): Promise<void> }

/** Everything that was opened so far. */
export type Closers = {
  /** Takes a part into care and hands it back. */
  add<T extends Closable>(part: T, options?: { readonly longestMs: number }): T
  /** Closes in the opposite order of opening, one after another. Never rejects. */
  close(): Promise<void>
}

/** What one part cannot close must not keep the others from writing down what they hold. */
const LONGEST_MS = 10_000

const closed = async (part: Closable, longestMs: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, longestMs)
  })
  // A part that cannot close has said so in its own way; there is nobody left to tell.
  await Promise.race([part.close().catch(() => undefined), late])
  clearTimeout(timer)
}

/** Keeps what is opened in order, so that a start that fails half-way leaves nothing behind. */
export const createClosers = (): Closers => {
  const opened: { readonly part: Closable; readonly longestMs: number }[] = []
  return {
    add: (part, { longestMs } = { longestMs: LONGEST_MS }) => {
      opened.push({ part, longestMs })
      return part
    },
    close: async () => {
      for (let last = opened.pop(); last !== undefined; last = opened.pop()) {
        await closed(last.part, last.longestMs)
      }
    },
  }
}
