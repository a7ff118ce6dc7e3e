import { z } from 'zod'
import type { Problem } from '../../core/problem.ts'
import { makeChange } from './change.ts'
import type { AdminParts, PolicyView, SwitchView } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readJson, type AdminResource } from './resource.ts'

const MAX_PROBLEMS = 200

const write = z.strictObject({ why: z.string().max(500).optional() })

const switchView = ({ id, does, mode, rollout, written, why, file, line }: SwitchView): object => ({
  id,
  does,
  mode,
  rollout,
  written,
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
const policyView = (view: PolicyView): object => ({
  revision: view.revision,
  loaded_at: new Date(view.loadedAtMs).toISOString(),
  stale: view.stale,
  documents: view.documents,
  rules: view.rules.map(switchView),
  limits: view.limits.map(switchView),
  unguarded: view.unguarded,
  problems: view.problems.slice(0, MAX_PROBLEMS).map(problemView),
})

/** The policy in force, and reading the files again. */
export const policyResources = ({ policy, audit }: AdminParts): readonly AdminResource[] => [
  {
    method: 'GET',
    path: '/policy',
    role: 'viewer',
    says: 'the policy in force: revision, documents, rules and limits with mode, rollout and place, problems of the last reading',
    handle: (c) => c.json(policyView(policy.view())),
  },
  {
    method: 'POST',
    path: '/policy/reload',
    role: 'operator',
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
          const view = policyView(policy.view())
          return ok ? c.json(view) : problemJson(c, 'policy-invalid', undefined, { policy: view })
        },
      })
    },
  },
]
