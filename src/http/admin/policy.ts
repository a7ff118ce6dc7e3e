import { z } from 'zod'
import type { Problem } from '../../core/problem.ts'
import { hasReturned, type SwitchEntry } from '../../core/switches.ts'
import { isAsWritten } from '../../policy/switch-edit.ts'
import { makeChange } from './change.ts'
import type { AdminParts, PolicyView, SwitchView } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readJson, type AdminResource } from './resource.ts'
import { switchEntryView } from './switches-view.ts'

const MAX_PROBLEMS = 200

const write = z.strictObject({ why: z.string().max(500).optional() })

const switchView = (
  { id, does, mode, rollout, written, why, file, line }: SwitchView,
  entry: SwitchEntry | undefined,
): object => ({
  id,
  does,
  mode,
  rollout,
  written,
  differs: !isAsWritten({ mode, rollout }, written),
  switch: entry && switchEntryView(entry, written),
  why,
  file,
  line,
})

const problemView = ({ file, line, col, what, instead }: Problem): object => ({
  file,
  line,
  col,
  what,
  instead,
})

/** Listed field by field: what a part adds to its view is not shown to the world by accident. */
const policyView = (view: PolicyView, entries: readonly SwitchEntry[]): object => {
  const set = new Map(entries.map((entry) => [entry.id, entry]))
  const listed = (all: readonly SwitchView[]): readonly object[] =>
    all.map((one) => switchView(one, set.get(one.id)))
  const ids = new Set([...view.rules, ...view.limits].map(({ id }) => id))
  return {
    revision: view.revision,
    loaded_at: new Date(view.loadedAtMs).toISOString(),
    stale: view.stale,
    documents: view.documents,
    rules: listed(view.rules),
    limits: listed(view.limits),
    unmatched_switches: entries
      .filter(({ id }) => !ids.has(id))
      .map((entry) => switchEntryView(entry, undefined)),
    unguarded: view.unguarded,
    problems: view.problems.slice(0, MAX_PROBLEMS).map(problemView),
  }
}

/** The policy in force, and reading the files again. */
export const policyResources = ({
  policy,
  switches,
  clock,
  audit,
}: AdminParts): readonly AdminResource[] => {
  const view = (): object => {
    const entries = switches?.known().entries ?? []
    return policyView(
      policy.view(),
      entries.filter((entry) => !hasReturned(entry, clock.now())),
    )
  }
  return [
    {
      method: 'GET',
      path: '/policy',
      role: 'viewer',
      says: 'the policy in force: revision, documents, rules and limits with mode, rollout, their difference from the files and place, switches of ids in no file, problems of the last reading',
      handle: (c) => c.json(view()),
    },
    {
      method: 'POST',
      path: '/policy/reload',
      role: 'operator',
      body: write,
      says: 'reads the policy files again; body {"why": "…"}, or none',
      handle: (c, who) => {
        const body = readJson(c, write)
        if (!body.ok) return body.no
        return makeChange(c, audit, {
          who: who.name,
          what: 'policy.reload',
          why: body.value.why,
          before: { revision: policy.view().revision, stale: policy.view().stale },
          make: () => policy.reload(),
          after: ({ ok }) => ({ ok, revision: policy.view().revision, stale: policy.view().stale }),
          answer: ({ ok }) => {
            return ok
              ? c.json(view())
              : problemJson(c, 'policy-invalid', undefined, { policy: view() })
          },
        })
      },
    },
  ]
}
