/** Numbers for names, from 0 on in the order they came. */
export const createNumbers = (): ((name: string) => number) & { readonly count: () => number } => {
  const known = new Map<string, number>()
  const numberOf = (name: string): number => {
    const found = known.get(name)
    if (found !== undefined) return found
    known.set(name, known.size)
    return known.size - 1
  }
  return Object.assign(numberOf, { count: () => known.size })
}
