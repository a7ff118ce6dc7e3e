/** Exit codes of every command: done, problems in the input, wrong usage, failed while running. */
export const EXIT = { done: 0, problems: 1, usage: 2, failed: 3 } as const

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
