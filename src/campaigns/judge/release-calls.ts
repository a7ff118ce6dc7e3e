import { z } from 'zod'
import type { ModelNamesState } from './model-names.ts'

/** Calls of one entity in the day after a release, and those of them that went to the new model. */
export type ReleaseCalls = { calls: number; moved: number }

/** One release of a model. */
export type Release = {
  readonly model: string
  /** The call that showed it to be new. */
  readonly fromMs: number
  readonly by: Map<number, ReleaseCalls>
}

/** What a pivot remembers. */
export type PivotState = {
  readonly startMs: number | undefined
  readonly names: ModelNamesState
  readonly releases: readonly Release[]
  /** Second of the first call, by entity; 0 for none. */
  readonly firstSeenS: Uint32Array
}

const VERSION = 2
const COUNT = z.number().int().min(0)
const NAMES = z.object({
  known: z.array(z.string()),
  candidates: z.array(z.tuple([z.string(), COUNT, z.array(COUNT)])),
  opened: z.array(z.tuple([COUNT, COUNT])),
  unproven: COUNT,
})
/** Version, start, names, and of each release its model, its time, and three numbers an entity. */
const HEAD = z.tuple([
  z.literal(VERSION),
  COUNT.nullable(),
  NAMES,
  z.array(z.tuple([z.string(), COUNT, z.array(COUNT)])),
])

const callsOf = (numbers: readonly number[]): Map<number, ReleaseCalls> => {
  const by = new Map<number, ReleaseCalls>()
  for (let i = 0; i + 2 < numbers.length; i += 3) {
    const [entity = 0, calls = 0, moved = 0] = numbers.slice(i, i + 3)
    if (calls > 0 && moved <= calls) by.set(entity, { calls, moved })
  }
  return by
}

/** A state as bytes: one line of JSON, then the seconds as words. */
export const pivotToBytes = ({ startMs, names, releases, firstSeenS }: PivotState): Uint8Array => {
  const head = JSON.stringify([
    VERSION,
    startMs ?? null,
    names,
    releases.map(({ model, fromMs, by }) => [
      model,
      fromMs,
      [...by].flatMap(([entity, { calls, moved }]) => [entity, calls, moved]),
    ]),
  ])
  const seconds = new Uint8Array(firstSeenS.buffer, firstSeenS.byteOffset, firstSeenS.byteLength)
  return new Uint8Array(Buffer.concat([Buffer.from(`${head}\n`), seconds]))
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A state out of bytes; `undefined` for anything that {@link pivotToBytes} does not write. */
export const pivotFromBytes = (bytes: Uint8Array): PivotState | undefined => {
  const end = bytes.indexOf(10)
  if (end === -1 || (bytes.length - end - 1) % 4 !== 0) return undefined
  const head = HEAD.safeParse(parsed(Buffer.from(bytes.subarray(0, end)).toString()))
  if (!head.success) return undefined
  const [, startMs, names, releases] = head.data
  return {
    startMs: startMs ?? undefined,
    names,
    releases: releases.map(([model, fromMs, numbers]) => ({ model, fromMs, by: callsOf(numbers) })),
    // Copied, because a view on foreign bytes may not start at a multiple of four.
    firstSeenS: new Uint32Array(bytes.slice(end + 1).buffer),
  }
}
