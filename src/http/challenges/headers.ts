/** One header of a request, the first where it came twice; `''` where it did not come. */
export const headerOf = (rawHeaders: readonly string[], name: string): string => {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const here = rawHeaders[at] ?? ''
    if (here.length === name.length && here.toLowerCase() === name) return rawHeaders[at + 1] ?? ''
  }
  return ''
}
