import type { SavedLabels } from './heard-labels.ts'

/** Where reading stands, by name of the stream. */
export type Positions = { readonly [stream: string]: string }

/** A state that was saved: what is not in it yet follows the positions, and what operators said is in it. */
export type SavedFleet = {
  readonly state: Uint8Array
  readonly positions: Positions
  readonly labels: SavedLabels
}

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
  loadState(): Promise<SavedFleet | 'damaged' | undefined>
  saveState(saved: SavedFleet): Promise<void>
  /** Keeps the last saved state from being replaced by the next. */
  setStateAside(): Promise<void>
  writeMarks(marks: readonly { readonly entity: string; readonly text: string }[]): Promise<void>
  /** Removes marks of which `isOver` says so. */
  sweepMarks(isOver: (text: string) => boolean): Promise<void>
  /** Tells all processes of marks at once; it may not reach them. */
  tellMarks(text: string): void
  /** Says things by name, for whoever asks; `undefined` takes one away. */
  say(said: ReadonlyMap<string, string | undefined>): Promise<void>
  labels(position: string | undefined): Promise<{
    /** `name` is the label's own: where somebody put it into the store again it has another `id`. */
    readonly labels: readonly {
      readonly id: string
      readonly name: string
      readonly saidAtMs: number
      readonly text: string
    }[]
    readonly position: string
  }>
  answer(id: string, text: string): Promise<void>
}
