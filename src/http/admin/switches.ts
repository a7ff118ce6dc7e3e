import type { Context } from 'hono'
import type { z } from 'zod'
import { LedgerFailure } from '../../core/ledger.ts'
import {
  hasReturned,
  MAX_SWITCHES,
  type SwitchChange,
  type SwitchEntry,
  type SwitchSet,
} from '../../core/switches.ts'
import { nearest } from '../../policy/nearest.ts'
import { withoutSwitch, withSwitchConfirmed, withSwitchSet } from '../../policy/switch-edit.ts'
import type { Principal } from './authenticate.ts'
import { makeChange } from './change.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readJson, type AdminEnv, type AdminResource } from './resource.ts'
import { switchEntryView, switchesView, writtenIn } from './switches-view.ts'
import { needsWeighing, weighSwitches } from './switches-harm.ts'
import { backBody, forVersion, setBody, whyBody } from './switches-words.ts'

const NO_SWITCHES = 'this guard keeps no switches'
const UNREACHABLE =
  'switches cannot be changed at the moment, those that are known hold; list them before saying it again, see /readyz and the log'
/** Somebody who resets with `*` wants it whatever the others do. */
const RESET_TRIES = 10

type C = Context<AdminEnv>

/** What becomes of a change that was found possible: the entries it leads to. */
type Planned =
  | {
      readonly entries: readonly SwitchEntry[]
      /** Whose change it is, for the audit: one switch, or all of them. */
      readonly of: (set: SwitchSet) => readonly SwitchEntry[]
    }
  | { readonly no: Response }

type Outcome = SwitchChange | { readonly kind: 'unreachable' }

/** Switches: what operators set beside the files, and the way back to them. */
export const switchResources = (parts: AdminParts): readonly AdminResource[] => {
  const { switches, policy, audit, clock, judging } = parts

  const answer = (c: C, set: SwitchSet, isHearsay = false): Response => {
    c.header('etag', `"${set.version}"`)
    return c.json(switchesView(set, { policy: policy.view(), nowMs: clock.now(), isHearsay }))
  }
  const mismatch = (c: C, set: SwitchSet): Response => {
    const current = switchesView(set, {
      policy: policy.view(),
      nowMs: clock.now(),
      isHearsay: false,
    })
    const refused = problemJson(
      c,
      'precondition-failed',
      `the switches are of version ${set.version} by now: look at them and say it again`,
      { current },
    )
    refused.headers.set('etag', `"${set.version}"`)
    return refused
  }
  const shown = (entries: readonly SwitchEntry[]): readonly object[] => {
    const written = writtenIn(policy.view())
    return entries.map((entry) => switchEntryView(entry, written.get(entry.id)))
  }

  /** Carries out what `plan` makes of the switches as they stand, where they are those it was asked for. */
  const write = async <
    S extends z.ZodType<{
      readonly why?: string | undefined
      readonly confirm?: boolean | undefined
    }>,
  >(
    c: C,
    who: Principal,
    form: S,
    what: { readonly name: string; readonly anyVersion?: boolean },
    plan: (set: SwitchSet, asked: z.output<S>) => Planned,
  ): Promise<Response> => {
    const asked = readJson(c, form)
    if (!asked.ok) return asked.no
    const wanted = forVersion(c, what.anyVersion)
    if (!wanted.ok) return wanted.no
    if (switches === undefined) return problemJson(c, 'unavailable', NO_SWITCHES)
    const { set, isHearsay } = await switches.latest()
    if (isHearsay) return problemJson(c, 'unavailable', UNREACHABLE)
    if (wanted.version !== 'any' && wanted.version !== set.version) return mismatch(c, set)
    const planned = plan(set, asked.value)
    if ('no' in planned) return planned.no
    if (planned.entries.length > MAX_SWITCHES) {
      return problemJson(c, 'conflict', `there are ${MAX_SWITCHES} switches: take some back first`)
    }
    // A switch that equals the file, where there is none: nothing is changed.
    const { entries } = planned
    const isSame = (entry: SwitchEntry, at: number): boolean => entry === set.entries[at]
    if (entries.length === set.entries.length && entries.every(isSame)) return answer(c, set)
    const isConfirmed = asked.value.confirm === true
    // An emergency never waits.
    const weighed = isConfirmed
      ? { ok: true as const, audit: { confirmed: true } }
      : await weighSwitches(judging, set.entries, entries, clock.now())
    if (!weighed.ok) {
      return problemJson(c, 'confirmation-required', weighed.detail, { ...weighed.more })
    }
    // Where others have made something looser than it was when this was weighed, it may refuse more.
    const mayRepeat = (current: SwitchSet): boolean =>
      isConfirmed || !needsWeighing(judging, current.entries, set.entries, clock.now())
    const tries = wanted.version === 'any' ? RESET_TRIES : 1
    const make = async (): Promise<Outcome> => {
      let outcome: SwitchChange = { kind: 'conflict', current: set }
      try {
        for (let at = 0; at < tries && outcome.kind === 'conflict'; at++) {
          if (at > 0 && !mayRepeat(outcome.current)) break
          outcome = await switches.change(outcome.current.version, entries)
        }
      } catch (error) {
        if (error instanceof LedgerFailure) return { kind: 'unreachable' }
        throw error
      }
      return outcome
    }
    return makeChange(c, audit, {
      who: who.name,
      what: what.name,
      why: asked.value.why,
      before: { version: set.version, switches: shown(planned.of(set)), ...weighed.audit },
      make,
      after: (made) =>
        made.kind === 'changed'
          ? { version: made.set.version, switches: shown(planned.of(made.set)) }
          : { failed: made.kind },
      answer: (made) => {
        if (made.kind === 'unreachable') return problemJson(c, 'unavailable', UNREACHABLE)
        return made.kind === 'changed' ? answer(c, made.set) : mismatch(c, made.current)
      },
    })
  }

  const idOf = (c: C): string => c.req.param('id') ?? ''
  const only =
    (id: string) =>
    ({ entries }: SwitchSet): readonly SwitchEntry[] =>
      entries.filter((entry) => entry.id === id)
  const found = (set: SwitchSet, id: string): SwitchEntry | undefined =>
    set.entries.find((entry) => entry.id === id && !hasReturned(entry, clock.now()))
  const notSet = (c: C, { entries }: SwitchSet): Response => {
    const near = nearest(
      idOf(c),
      entries.map(({ id }) => id),
    )
    const meant = near === undefined ? '' : `; is it ${near}?`
    return problemJson(c, 'not-found', `no switch of that id is set${meant}`)
  }

  return [
    {
      method: 'GET',
      path: '/switches',
      role: 'viewer',
      says: 'modes and rollouts that operators set beside the files, with what the files say, by whom, why, since and until when; the version is the ETag, for If-Match',
      handle: async (c) => {
        if (switches === undefined) return problemJson(c, 'unavailable', NO_SWITCHES)
        const { set, isHearsay } = await switches.latest()
        return answer(c, set, isHearsay)
      },
    },
    {
      method: 'PUT',
      path: '/switches/:id',
      role: 'operator',
      body: setBody,
      needsIfMatch: true,
      says: 'switches a rule or limit, in place of an earlier switch of it; with for it returns by itself unless confirmed; one that equals the file is none; body {"mode": "enforce|shadow|off", "rollout": 0 to 100, "for": "30m", "why": "…", "confirm": true}; what may newly refuse proven customers is asked back unless confirmed; If-Match',
      handle: (c, who) =>
        write(c, who, setBody, { name: 'switch.set' }, (set, asked) => {
          const id = idOf(c)
          const all = writtenIn(policy.view())
          const written = all.get(id)
          if (written === undefined) {
            const near = nearest(id, [...all.keys()])
            const meant = near === undefined ? '' : `; is it ${near}?`
            return { no: problemJson(c, 'not-found', `no rule or limit has that id${meant}`) }
          }
          const { mode, rollout, why, for: forMs } = asked
          const atMs = clock.now()
          const untilMs = forMs === undefined ? undefined : atMs + forMs
          const entry = { id, mode, rollout, by: who.name, why, atMs, untilMs }
          return { entries: withSwitchSet(set, entry, written), of: only(id) }
        }),
    },
    {
      method: 'POST',
      path: '/switches/:id/confirm',
      role: 'operator',
      body: whyBody,
      needsIfMatch: true,
      says: 'lets a switch that would return by itself stay; body {"why": "…"}, or none; If-Match',
      handle: (c, who) =>
        write(c, who, whyBody, { name: 'switch.confirm' }, (set) => {
          const id = idOf(c)
          const entry = found(set, id)
          if (entry === undefined) return { no: notSet(c, set) }
          return entry.confirmed
            ? { no: problemJson(c, 'conflict', 'this switch stays already') }
            : { entries: withSwitchConfirmed(set, id), of: only(id) }
        }),
    },
    {
      method: 'DELETE',
      path: '/switches/:id',
      role: 'operator',
      body: backBody,
      needsIfMatch: true,
      says: 'takes a switch back: the rule or limit is as the file says; body {"why": "…", "confirm": true}, or none; what may newly refuse proven customers is asked back unless confirmed; If-Match',
      handle: (c, who) =>
        write(c, who, backBody, { name: 'switch.clear' }, (set) => {
          const id = idOf(c)
          return found(set, id) === undefined
            ? { no: notSet(c, set) }
            : { entries: withoutSwitch(set, id), of: only(id) }
        }),
    },
    {
      method: 'POST',
      path: '/switches/reset',
      role: 'operator',
      body: backBody,
      needsIfMatch: true,
      says: 'takes all switches back: everything is as the files say; body {"why": "…", "confirm": true}, or none; what may newly refuse proven customers is asked back unless confirmed; If-Match, * for whatever is set',
      handle: (c, who) =>
        write(c, who, backBody, { name: 'switch.reset', anyVersion: true }, () => ({
          entries: [],
          of: ({ entries }) => entries,
        })),
    },
  ]
}
