import { hash } from 'node:crypto'
import type { Context } from 'hono'
import type { SettledNamed } from '../../challenges/clearance-administration.ts'
import { statedCorrections } from '../../challenges/step-up-message.ts'
import type { Settled } from '../../challenges/step-up-settle.ts'
import { DAY_MS } from '../../core/time.ts'
import { makeChange } from './change.ts'
import { recordedStepUp } from './clearances-decision.ts'
import { NO_CLEARANCES } from './clearances-trouble.ts'
import { clearanceView } from './clearances-view.ts'
import { settleBody } from './clearances-words.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readJson, type AdminResource } from './resource.ts'

/** As long as a step-up holds where no rule says other; a record does not tell what its rule says. */
const NAMED_LIFETIME_MS = 30 * DAY_MS

/** What the audit keeps of what came of it. */
const recorded = (settled: Settled | SettledNamed): object => {
  if (settled.kind === 'settled') {
    return { settled: clearanceView(settled.clearance), is_new: settled.isNew }
  }
  return settled.kind === 'contradicts'
    ? { failed: settled.kind, standing: clearanceView(settled.standing) }
    : { failed: settled.kind }
}

const answer = (c: Context, settled: Settled | SettledNamed): Response => {
  switch (settled.kind) {
    case 'settled':
      return c.json(clearanceView(settled.clearance))
    case 'unknown':
      return problemJson(c, 'not-found', 'not a challenge of this guard')
    case 'not_step_up':
      return problemJson(c, 'conflict', 'only a step-up is confirmed by hand; grant a clearance')
    case 'contradicts':
      return problemJson(
        c,
        'conflict',
        settled.standing.state === 'revoked'
          ? 'its clearance was revoked; grant one, or let the customer call again for a new challenge'
          : `this challenge was ${settled.standing.state} before; revoke that clearance, or grant another`,
      )
    case 'expired':
      return problemJson(c, 'conflict', 'this challenge has expired; grant a clearance')
    case 'unavailable':
      return problemJson(
        c,
        'unavailable',
        'the store of clearances cannot be reached; look with clearances list whether it stands, then repeat the command',
      )
    default:
      return settled satisfies never
  }
}

/**
 * An operator's own word on a step-up; audited. The sealed id is good for answers: the audit keeps its
 * hash. Where only the id of the request is known, as on the telephone, the record of the decision tells
 * the challenge; what that was bound to, and until when it could be answered, only the sealed id tells.
 */
export const settleResource = ({ clearances, decisions, audit }: AdminParts): AdminResource => ({
  method: 'POST',
  path: '/challenges/settle',
  role: 'operator',
  body: settleBody,
  says: 'confirms or refuses a step-up by hand; body {"challenge": "id of the refusal or the link", "result": "verified|refused", "facts": {"account.verified": "identity", …}, "why": "…"}; in place of challenge "decision": "id of the request", then with "lifetime": "12h" (30d without one)',
  handle: async (c, who) => {
    const asked = readJson(c, settleBody)
    if (!asked.ok) return asked.no
    if (clearances === undefined) return problemJson(c, 'unavailable', NO_CLEARANCES)
    const { challenge, decision = '', result, why, lifetime } = asked.value
    const facts = statedCorrections(asked.value.facts)
    const about = { who: who.name, what: 'challenge.settle', why, after: recorded }
    if (challenge !== undefined) {
      return makeChange<Settled>(c, audit, {
        ...about,
        before: { challenge_sha256: hash('sha256', challenge, 'hex'), result, facts },
        make: () => clearances.settle({ challenge, result, facts }),
        answer: (settled) => answer(c, settled),
      })
    }
    const found = await decisions.find(decision)
    if (!found.ok) return problemJson(c, found.why)
    if (found.value === undefined) {
      return problemJson(c, 'not-found', 'no decision of this id is kept here; grant a clearance')
    }
    const stepUp = recordedStepUp(found.value)
    if (!stepUp.ok) return problemJson(c, 'conflict', stepUp.why)
    const { id, subject } = stepUp
    const lifetimeMs = lifetime ?? NAMED_LIFETIME_MS
    return makeChange<SettledNamed>(c, audit, {
      ...about,
      before: { decision, result, facts, lifetime_s: lifetimeMs / 1_000 },
      make: () => clearances.settleNamed({ id, subject, result, facts, lifetimeMs }),
      answer: (settled) => answer(c, settled),
    })
  },
})
