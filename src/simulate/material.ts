import { HEADER_STACKS, type HeaderStack } from './header-stacks.ts'
import { BUILT_IN_NETWORKS, type NetworkBook } from './networks.ts'
import { BUILT_IN_PROGRAMS, type Programs } from './programs.ts'
import type { Texts } from './texts.ts'
import { BUILT_IN_TEXTS } from './texts-built-in.ts'
import { BUILT_IN_SIZES, type Sizes } from './token-sizes.ts'

/** What a simulation is made from. */
export type Material = {
  readonly texts: Texts
  readonly networks: NetworkBook
  readonly sizes: Sizes
  readonly stacks: readonly HeaderStack[]
  readonly programs: Programs
}

/** What comes with the program: enough for every scenario, in the shape of the real thing. */
export const BUILT_IN_MATERIAL: Material = {
  texts: BUILT_IN_TEXTS,
  networks: BUILT_IN_NETWORKS,
  sizes: BUILT_IN_SIZES,
  stacks: HEADER_STACKS,
  programs: BUILT_IN_PROGRAMS,
}
