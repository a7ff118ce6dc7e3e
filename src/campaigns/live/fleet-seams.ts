/** Where reading stands, by name of the stream. */
export type Positions = { readonly [stream: string]: string }

/**
 * What a detector of a fleet needs of the store. All of it rejects where the store does not answer; writes
 * reject with what `isFenced` knows where another process has taken over.
 */
export type FleetStore = {
  /** The number of the lease, `undefined` where another process holds it. */
  acquire(): Promise<number | undefined>
  /** Whether it is still held. */
  renew(): Promise<boolean>
  release(): Promise<void>
  isFenced(error: unknown): boolean
  /** Reads on from where reading stands. */
  read(positions: Positions): Promise<{
    readonly texts: readonly string[]
    readonly positions: Positions
    readonly junk: number
    readonly toldMs: number | undefined
  }>
  loadState(): Promise<
    { readonly state: Uint8Array; readonly positions: Positions } | 'damaged' | undefined
  >
  saveState(saved: { readonly state: Uint8Array; readonly positions: Positions }): Promise<void>
  writeMarks(marks: readonly { readonly entity: string; readonly text: string }[]): Promise<void>
  /** Removes marks of which `isOver` says so. */
  sweepMarks(isOver: (text: string) => boolean): Promise<void>
  /** Tells all processes of marks at once; it may not reach them. */
  tellMarks(text: string): void
  /** Says things by name, for whoever asks; `undefined` takes one away. */
  say(said: ReadonlyMap<string, string | undefined>): Promise<void>
  labels(position: string | undefined): Promise<{
    readonly labels: readonly { readonly id: string; readonly text: string }[]
    readonly position: string
  }>
  answer(id: string, text: string): Promise<void>
}
