import { hasReturned, type SwitchEntry, type SwitchSet } from '../../core/switches.ts'
import { isAsWritten, type Written } from '../../policy/switch-edit.ts'
import type { PolicyView } from './parts.ts'

/** What the files say of each rule and limit, by id. */
export const writtenIn = ({ rules, limits }: PolicyView): ReadonlyMap<string, Written> =>
  new Map([...rules, ...limits].map(({ id, written }) => [id, written]))

const timeText = (ms: number): string => new Date(ms).toISOString()

/** One switch as it is shown: what was set, what the file says, and who, why, since and until when. */
export const switchEntryView = (entry: SwitchEntry, written: Written | undefined): object => ({
  id: entry.id,
  mode: entry.mode,
  rollout: entry.rollout,
  written,
  in_files: written !== undefined,
  differs: written !== undefined && !isAsWritten(entry, written),
  by: entry.by,
  why: entry.why,
  since: timeText(entry.atMs),
  until: entry.untilMs === undefined ? undefined : timeText(entry.untilMs),
  confirmed: entry.confirmed,
  version: entry.version,
})

/** All switches that are in force, in the order of their ids. */
export const switchesView = (
  { version, entries }: SwitchSet,
  about: { readonly policy: PolicyView; readonly nowMs: number; readonly isHearsay: boolean },
): object => {
  const written = writtenIn(about.policy)
  return {
    version,
    switches: entries
      .filter((entry) => !hasReturned(entry, about.nowMs))
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
      .map((entry) => switchEntryView(entry, written.get(entry.id))),
    degraded: about.isHearsay ? ['switches'] : [],
  }
}
