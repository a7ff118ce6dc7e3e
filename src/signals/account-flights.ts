/** Questions that are on their way. */
export interface Flights {
  /**
   * The flight of a key, started now where there is none; `undefined` where too many are on their way
   * or `start` declines. `start` is asked last and its promise must never reject.
   */
  take(
    flight: { readonly key: string; readonly network: string; readonly known: boolean },
    start: () => Promise<void> | undefined,
  ): Promise<void> | undefined
  readonly size: number
}

/**
 * Coalesces questions by key and bounds how many are on their way: `max` in all, a quarter of that for
 * one network, so that one guesser cannot take every place, and as many again only for keys already
 * known, so that no number of guessers keeps accounts from being refreshed.
 */
export const createFlights = (max: number): Flights => {
  const flights = new Map<string, Promise<void>>()
  const networks = new Map<string, number>()
  const maxOfNetwork = Math.max(1, Math.floor(max / 4))
  let strangers = 0

  return {
    take: ({ key, network, known }, start) => {
      const running = flights.get(key)
      if (running !== undefined) return running
      const ofNetwork = networks.get(network) ?? 0
      if (known ? flights.size - strangers >= max : strangers >= max) return undefined
      if (!known && ofNetwork >= maxOfNetwork) return undefined
      const started = start()
      if (started === undefined) return undefined
      if (!known) {
        strangers++
        networks.set(network, ofNetwork + 1)
      }
      const flight = started.finally(() => {
        flights.delete(key)
        if (known) return
        strangers--
        const left = (networks.get(network) ?? 1) - 1
        if (left === 0) networks.delete(network)
        else networks.set(network, left)
      })
      flights.set(key, flight)
      return flight
    },
    get size() {
      return flights.size
    },
  }
}
