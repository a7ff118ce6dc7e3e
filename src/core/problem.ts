/** Something wrong in a file an operator wrote: where, what, and what to write instead. */
export type Problem = {
  /** Path of the file, as the operator named it. */
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** 1-based. */
  readonly col: number
  readonly what: string
  readonly instead: string
}

/** The one-line form, `file:line:col: what; instead`. */
export const formatProblem = (problem: Problem): string =>
  `${problem.file}:${problem.line}:${problem.col}: ${problem.what}; ${problem.instead}`

/** Problems in reading order, doubles removed. */
export const sortProblems = (problems: readonly Problem[]): Problem[] => {
  const unique = new Map(problems.map((problem) => [formatProblem(problem), problem]))
  return [...unique.values()].toSorted(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.col - b.col,
  )
}
