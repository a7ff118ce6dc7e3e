/** One of many things a message between the primary and a worker carries. */
export type Frame =
  | { readonly kind: 'tell'; readonly topic: string; readonly body: unknown }
  | { readonly kind: 'ask'; readonly ask: number; readonly topic: string; readonly body: unknown }
  | { readonly kind: 'answer'; readonly ask: number; readonly body: unknown }
  /** It could not be done; `word` says why to the program, `text` to the log. */
  | { readonly kind: 'refusal'; readonly ask: number; readonly word: string; readonly text: string }

const KINDS: readonly Frame['kind'][] = ['tell', 'ask', 'answer', 'refusal']
/** Numbers and texts a frame has on the wire. */
const WIDTH = 4

/**
 * Frames as one flat list, four entries each, which costs the structured clone far less than objects:
 * kind, number of the question (0 for none), topic or word, body or text.
 */
export const packFrames = (frames: readonly Frame[]): unknown[] => {
  const packed: unknown[] = []
  for (const frame of frames) {
    switch (frame.kind) {
      case 'tell':
        packed.push(0, 0, frame.topic, frame.body)
        break
      case 'ask':
        packed.push(1, frame.ask, frame.topic, frame.body)
        break
      case 'answer':
        packed.push(2, frame.ask, '', frame.body)
        break
      case 'refusal':
        packed.push(3, frame.ask, frame.word, frame.text)
    }
  }
  return packed
}

/** The frames again; `undefined` for anything that is not a whole list of them. Bodies are not looked at. */
export const unpackFrames = (packed: unknown): readonly Frame[] | undefined => {
  if (!Array.isArray(packed) || packed.length % WIDTH !== 0) return undefined
  const list: readonly unknown[] = packed
  const frames: Frame[] = []
  for (let at = 0; at < list.length; at += WIDTH) {
    const ask = list[at + 1]
    const topic = list[at + 2]
    const body = list[at + 3]
    if (typeof ask !== 'number' || !Number.isSafeInteger(ask)) return undefined
    if (typeof topic !== 'string') return undefined
    switch (KINDS[Number(list[at])]) {
      case 'tell':
        frames.push({ kind: 'tell', topic, body })
        break
      case 'ask':
        frames.push({ kind: 'ask', ask, topic, body })
        break
      case 'answer':
        frames.push({ kind: 'answer', ask, body })
        break
      case 'refusal':
        if (typeof body !== 'string') return undefined
        frames.push({ kind: 'refusal', ask, word: topic, text: body })
        break
      case undefined:
        return undefined
    }
  }
  return frames
}
