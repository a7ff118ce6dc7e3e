/**
 * A test for a pattern in which `*` stands for any text, the empty one included, and everything else
 * for itself, case included. Runs in time linear in the text for each `*`: no backtracking.
 */
export const compileGlob = (pattern: string): ((text: string) => boolean) => {
  const parts = pattern.split('*')
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (parts.length === 1) return (text) => text === pattern
  if (parts.every((part) => part === '')) return () => true
  const inner = parts.slice(1, -1)
  return (text) => {
    if (text.length < first.length + last.length) return false
    if (!text.startsWith(first) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = first.length
    for (const part of inner) {
      const found = text.indexOf(part, at)
      if (found === -1 || found + part.length > end) return false
      at = found + part.length
    }
    return true
  }
}
