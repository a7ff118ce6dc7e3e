import { until } from './wait.ts'

/** Looks in a row, some milliseconds apart, after which a count that has not moved counts as still. */
const LOOKS = 30

/** Waits until a count that has started no longer moves. */
export const standstill = async (label: string, count: () => number): Promise<void> => {
  let before = 0
  let looks = 0
  await until(`${label} to stand still`, () => {
    const now = count()
    looks = now === before && now > 0 ? looks + 1 : 0
    before = now
    return looks >= LOOKS
  })
}
