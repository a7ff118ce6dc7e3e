import type { Mode } from '../core/decision.ts'
import type { SwitchEntry, SwitchSet } from '../core/switches.ts'

/** What the file says of a rule or limit. */
export type Written = { readonly mode: Mode; readonly rollout: number }

/** Whether a switch would make no difference to what the file says. */
export const isAsWritten = (
  { mode, rollout }: Pick<SwitchEntry, 'mode' | 'rollout'>,
  written: Written,
): boolean =>
  (mode ?? written.mode) === written.mode && (rollout ?? written.rollout) === written.rollout

/** The entries with one set, in place of an earlier one of its id. One that equals the file is no switch. */
export const withSwitchSet = (
  { version, entries }: SwitchSet,
  wanted: Omit<SwitchEntry, 'version' | 'confirmed'>,
  written: Written,
): readonly SwitchEntry[] => {
  const others = entries.filter(({ id }) => id !== wanted.id)
  if (isAsWritten(wanted, written)) return others
  const confirmed = wanted.untilMs === undefined
  return [...others, { ...wanted, version: version + 1, confirmed }]
}

/** The entries with one that stays from now on. */
export const withSwitchConfirmed = (
  { version, entries }: SwitchSet,
  id: string,
): readonly SwitchEntry[] =>
  entries.map((entry) => {
    if (entry.id !== id) return entry
    const { untilMs: _, ...stays } = entry
    return { ...stays, version: version + 1, confirmed: true }
  })

/** The entries without one. */
export const withoutSwitch = ({ entries }: SwitchSet, id: string): readonly SwitchEntry[] =>
  entries.filter((entry) => entry.id !== id)
