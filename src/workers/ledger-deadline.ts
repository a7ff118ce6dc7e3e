/** Numbers in front of a batch of calls: the time by which it must be carried out, see {@link sharedNowMs}. */
export const TAKE_HEAD = 1

const NS_PER_US = 1_000n
const US_PER_MS = 1_000

/** Milliseconds on a clock that never steps and that all processes of a machine share. */
export const sharedNowMs = (): number => Number(process.hrtime.bigint() / NS_PER_US) / US_PER_MS
