import type { Summary } from './summary.ts'

const count = (value: number): string => value.toLocaleString('en-US')
const calls = (value: number): string => (value === 1 ? '1 call' : `${count(value)} calls`)

const accountsNote = ({ accounts }: Summary, file: string): string[] => {
  const { named, unknown, unknown_calls } = accounts
  if (unknown === 0) return []
  const many = `${count(unknown)} of ${named === 1 ? '1 account' : `${count(named)} accounts`}`
  const [are, they] = unknown === 1 ? ['is', 'it was'] : ['are', 'they were']
  const wrong = unknown === named ? '. Is it the file of these calls?' : '.'
  return [
    `${many} (${calls(unknown_calls)}) ${are} not in ${file}; ${they} judged as unknown${wrong}`,
  ]
}

const detectorNote = ({
  detector: { acting, missing, proven, min_reference },
}: Summary): string[] => {
  if (acting) return []
  const what =
    missing.length > 0
      ? missing.join('; ').replace(/\.$/, '')
      : `${count(proven)} proven entities are known; ${count(min_reference)} are needed`
  return [`Nothing is acted on: ${what}. Until then every campaign stays at level 0.`]
}

/**
 * What to know before the figures of a summary are believed, a sentence each: that the trace ended early,
 * that the accounts are not those of the calls, that too few are proven. `accountsFile` is named in them.
 */
export const summaryNotes = (summary: Summary, accountsFile: string): readonly string[] => [
  ...(summary.cut
    ? ['The trace is damaged or cut off: this is about what could be read of it.']
    : []),
  ...accountsNote(summary, accountsFile),
  ...detectorNote(summary),
]
