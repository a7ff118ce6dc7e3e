/**
 * Waits until `holds` returns something other than `undefined` or `false`, looking again every few
 * milliseconds. Fails with `label` at the deadline, so that a stuck test says what it waited for.
 */
export const until = async <T>(
  label: string,
  holds: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 10_000,
): Promise<T> => {
  const end = performance.now() + deadlineMs
  for (;;) {
    const value = await holds()
    if (value !== undefined && value !== false) return value
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for: ${label}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
