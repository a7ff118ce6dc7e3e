import { DAY_MS } from '../core/time.ts'
import type { HeaderStack, Machine } from './header-stacks.ts'
import { hash32 } from './random.ts'

/** Release 0 of every client falls into the 90 days before it. */
const FIRST_RELEASE_MS = Date.UTC(2025, 8, 1)

/** Number of the newest release of a client at `atMs`; projects do not release on the same day. */
export const releaseAt = (stack: HeaderStack, atMs: number): number => {
  const phaseMs = (hash32(stack.name, 1) % Math.min(stack.everyDays, 90)) * DAY_MS
  return Math.max(0, Math.floor((atMs - FIRST_RELEASE_MS + phaseMs) / (stack.everyDays * DAY_MS)))
}

const RUNTIMES = {
  node: ['v22.19.0', 'v24.11.1', 'v20.19.5', 'v22.21.1', 'v24.9.0'],
  python: ['3.12.11', '3.11.13', '3.13.7', '3.10.18', '3.12.8'],
  other: [''],
}

/**
 * One installation: the header set it sends when its newest release is that of `atMs`. The same answer is
 * the same array.
 */
export type Installation = (atMs: number) => readonly string[]

/**
 * Renders header sets and keeps each one once. `variant` picks a runtime version; `extra` are headers that
 * the application itself adds, before the last two.
 */
export const createInstallations = (): ((
  stack: HeaderStack,
  machine: Machine,
  variant: number,
  extra?: readonly string[],
) => Installation) => {
  const kept = new Map<string, readonly string[]>()
  return (stack, machine, variant, extra = []) => {
    const runtimes = RUNTIMES[stack.runtime]
    const runtime = runtimes[variant % runtimes.length] ?? ''
    const values = new Map([
      ['%o', machine.os],
      ['%a', machine.arch],
      ['%r', runtime],
    ])
    const names = [...stack.headers.slice(0, -2), ...extra, ...stack.headers.slice(-2)]
    const own = `${stack.name} ${machine.os} ${machine.arch} ${runtime} ${extra.join(' ')}`
    const byRelease = new Map<number, readonly string[]>()
    const render = (release: number): readonly string[] => {
      const version = stack.version(release)
      const key = `${own} ${version}`
      const known = kept.get(key)
      if (known !== undefined) return known
      const made = names.map((text) =>
        text.replace(/%[voar]/g, (slot) => (slot === '%v' ? version : (values.get(slot) ?? slot))),
      )
      kept.set(key, made)
      return made
    }
    return (atMs) => {
      const release = releaseAt(stack, atMs)
      const known = byRelease.get(release)
      if (known !== undefined) return known
      const made = render(release)
      byRelease.set(release, made)
      return made
    }
  }
}
