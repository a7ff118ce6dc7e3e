import { hash } from 'node:crypto'
import type { ClearanceAdministration } from '../../challenges/clearance-administration.ts'
import { statedCorrections } from '../../challenges/step-up-message.ts'
import type { Settled } from '../../challenges/step-up-settle.ts'
import { makeChange } from './change.ts'
import { NO_CLEARANCES } from './clearances-trouble.ts'
import { clearanceView } from './clearances-view.ts'
import { settleBody } from './clearances-words.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readJson, type AdminResource } from './resource.ts'

/** What the audit keeps of what came of it. */
const recorded = (settled: Settled): object => {
  if (settled.kind === 'settled') {
    return { settled: clearanceView(settled.clearance), is_new: settled.isNew }
  }
  return settled.kind === 'contradicts'
    ? { failed: settled.kind, standing: clearanceView(settled.standing) }
    : { failed: settled.kind }
}

/** An operator's own word on a step-up; audited. The sealed id is good for answers: the audit keeps its hash. */
export const settleResource = ({ clearances, audit }: AdminParts): AdminResource => ({
  method: 'POST',
  path: '/challenges/settle',
  role: 'operator',
  body: settleBody,
  says: 'confirms or refuses a step-up by hand; body {"challenge": "id of the refusal or the link", "result": "verified|refused", "facts": {"account.verified": "identity", …}, "why": "…"}',
  handle: (c, who) => {
    const asked = readJson(c, settleBody)
    if (!asked.ok) return asked.no
    if (clearances === undefined) return problemJson(c, 'unavailable', NO_CLEARANCES)
    const { challenge, result, facts, why } = asked.value
    const stated = statedCorrections(facts)
    const desk: ClearanceAdministration = clearances
    return makeChange(c, audit, {
      who: who.name,
      what: 'challenge.settle',
      why,
      before: {
        challenge_sha256: hash('sha256', challenge, 'hex'),
        result,
        facts: stated,
      },
      make: () => desk.settle({ challenge, result, facts: stated }),
      after: recorded,
      answer: (settled) => {
        switch (settled.kind) {
          case 'settled':
            return c.json(clearanceView(settled.clearance))
          case 'unknown':
            return problemJson(c, 'not-found', 'not a challenge of this guard')
          case 'not_step_up':
            return problemJson(
              c,
              'conflict',
              'only a step-up is confirmed by hand; grant a clearance',
            )
          case 'contradicts':
            return problemJson(
              c,
              'conflict',
              `this challenge was ${settled.standing.state} before; revoke that clearance, or grant another`,
            )
          case 'expired':
            return problemJson(c, 'conflict', 'this challenge has expired; grant a clearance')
          case 'unavailable':
            return problemJson(
              c,
              'unavailable',
              'the store of clearances cannot be reached; the same word may be said again',
            )
          default:
            return settled satisfies never
        }
      },
    })
  },
})
