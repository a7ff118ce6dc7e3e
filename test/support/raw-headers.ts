/** Values of a header in a raw list. */
export const valuesOf = (rawHeaders: readonly string[], name: string): string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name)

/** A raw header list for lines of `name: value`. */
export const rawOf = (...lines: readonly string[]): string[] =>
  lines.flatMap((line) => {
    const at = line.indexOf(':')
    return [line.slice(0, at), line.slice(at + 1).trimStart()]
  })
