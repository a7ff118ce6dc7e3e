const MIB = 1024 * 1024
const SIZE = 32 * MIB

const fill = (unit: string, bytes: number): string => unit.repeat(Math.floor(bytes / unit.length))

/** Members `"key":0`, a new object after every `each` of them. */
const keyed = (count: number, each: number, key: (at: number) => string): string =>
  Array.from(
    { length: count },
    (_, at) => `"${key(at)}":0${at === count - 1 ? '' : at % each === each - 1 ? '},{' : ','}`,
  ).join('')

/** Bodies made to keep a JSON reader busy, by name; most are as large as the largest body taken. */
export const STALLING_BODIES: readonly (readonly [name: string, text: () => string])[] = [
  ['one plain text', () => `{"a":"${fill('x', SIZE)}"}`],
  ['one text of escapes', () => `{"a":"${fill('\\u0041', SIZE)}"}`],
  ['one text of escaped quotes', () => `{"a":"${fill('\\"', SIZE)}"}`],
  ['a text without end', () => `{"a":"${fill('\\"', SIZE)}`],
  ['two bytes a letter', () => `{"a":"${fill('é', SIZE)}"}`],
  ['nothing but quotes', () => fill('""', SIZE)],
  ['nothing but brackets', () => fill('[', SIZE)],
  ['nothing but digits', () => `{"a":${fill('1', SIZE)}}`],
  ['nothing but blanks', () => `{${fill(' ', SIZE)}}`],
  ['short texts', () => `{"a":[${fill('"ab",', SIZE)}1]}`],
  ['as many short texts as are taken', () => `{"a":[${fill('"ab",', 2_490_000)}1]}`],
  ['texts of a kilobyte', () => `{"a":[${fill(`"${'é'.repeat(500)}",`, 4_000_000)}1]}`],
  ['numbers', () => `{"a":[${fill('1,', SIZE)}1]}`],
  ['as many numbers as are taken', () => `{"a":[${fill('1.5e-7,', 3_490_000)}1]}`],
  ['empty objects', () => `{"a":[${fill('{},', 299_000)}1]}`],
  ['one object of many keys', () => `{${keyed(19_000, 19_000, (at) => `k${at}`)}}`],
  ['keys in objects built alike', () => `{"a":[{${keyed(99_000, 10, (at) => `k${at % 10}`)}}]}`],
  ['keys in objects built differently', () => `{"a":[{${keyed(23_000, 10, (at) => `k${at}`)}}]}`],
  ['a small body of such objects', () => `{"a":[{${keyed(11_000, 10, (at) => `k${at}`)}}]}`],
  ['more of such keys than are taken', () => `{"a":[{${keyed(99_000, 10, (at) => `k${at}`)}}]}`],
  [
    'the same keys in another order each time',
    () => `{"a":[{${keyed(99_000, 10, (at) => `k${(at * 7919) % 97}_${at % 10}`)}}]}`,
  ],
]

const busyMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * The longest time for which `work` kept this thread from doing anything else, in milliseconds of its own
 * processor time: what other processes take does not count.
 */
export const longestStallMs = async (work: () => unknown): Promise<number> => {
  let longest = 0
  let last = 0
  let watching = true
  const watch = (): void => {
    longest = Math.max(longest, busyMs() - last)
    last = busyMs()
    if (watching) setImmediate(watch)
  }
  await turn()
  last = busyMs()
  setImmediate(watch)
  await work()
  await turn()
  watching = false
  return longest
}
