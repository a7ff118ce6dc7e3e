import { setImmediate as turn } from 'node:timers/promises'
import { z } from 'zod'
import { FACT_NAMES, FACTS, Facts, type FactName } from '../../core/facts.ts'
import type { RecordedCall } from '../../core/recorded-call.ts'
import { decide } from '../../policy/decide.ts'
import { explainRecorded, outcomeQuestion } from '../../policy/explain-recorded.ts'
import type { Policy } from '../../policy/policy.ts'
import {
  searchSmallestChange,
  type SmallestChange,
  type SmallestChanges,
} from '../../policy/smallest-change.ts'
import { readRecord } from '../../sinks/read-record.ts'
import { explainedText, type ExplainedDecision } from './explanation-text.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readQuery, type AdminResource } from './resource.ts'

const ID = /^[\w-]{1,64}$/

const query = z.strictObject({ text: z.enum(['true', 'false']).default('false') })

/** Runs the search between the turns of the event loop, so that no call waits for it. */
const searched = async (
  ...question: Parameters<typeof searchSmallestChange>
): Promise<SmallestChanges> => {
  const search = searchSmallestChange(...question)
  for (;;) {
    const step = search.next()
    if (step.done === true) return step.value
    await turn()
  }
}

const explained = async (policy: Policy, call: RecordedCall): Promise<ExplainedDecision> => {
  const again = decide(policy, new Facts(call.facts.values))
  const question = outcomeQuestion(policy, call, again)
  return {
    call,
    explanation: explainRecorded(policy, call),
    question,
    found: await searched(policy, call.facts, question),
  }
}

const factView = (name: FactName, { facts, losses }: RecordedCall): readonly object[] => {
  const value = facts.known(name)
  if (value === undefined) return []
  const how = losses.get(name)
  const row: { readonly unit?: string; readonly says: string } = FACTS[name]
  return [
    {
      fact: name,
      ...(how === 'masked' || how === 'cut' ? {} : { value }),
      unit: row.unit,
      says: row.says,
      not_as_then: how,
    },
  ]
}

// JSON has no undefined: an unknown fact is null on either side.
const changeView = ({ facts, verdict, rule, tier }: SmallestChange): object => ({
  facts: facts.map(({ fact, from, to }) => ({ fact, from: from ?? null, to: to ?? null })),
  verdict,
  rule,
  tier,
})

const decisionView = ({ call, explanation, question, found }: ExplainedDecision): object => ({
  id: call.id,
  at: new Date(call.atMs).toISOString(),
  recorded: {
    verdict: call.verdict,
    ruling: call.ruling,
    rule: call.rule,
    refused_by: call.refusedBy,
    revision: call.revision,
  },
  same_revision: call.revision === explanation.revision,
  same_verdict: call.verdict === explanation.verdict && call.rule === explanation.rule,
  facts: FACT_NAMES.flatMap((name) => factView(name, call)),
  explanation,
  smallest_change: {
    about: question.about,
    limit: question.limit,
    changes: found.changes.map(changeView),
    complete: found.complete,
    tried: found.tried,
  },
})

/** Why a recorded call was decided as it was. */
export const explanationResources = ({
  decisions,
  judging,
}: AdminParts): readonly AdminResource[] => [
  {
    method: 'GET',
    path: '/decisions/:id/explanation',
    role: 'viewer',
    query,
    says: 'a recorded decision, decided again by the policy in force: facts, every part of every condition, the record, and the smallest change that would have changed it; text=true adds it as text',
    handle: async (c) => {
      const id = c.req.param('id') ?? ''
      if (!ID.test(id)) return problemJson(c, 'invalid-parameter', 'not a decision id')
      const asked = readQuery(c, query)
      if (!asked.ok) return asked.no
      if (judging === undefined) return problemJson(c, 'unavailable', 'no policy is in force here')
      const answer = await decisions.find(id)
      if (!answer.ok) return problemJson(c, answer.why)
      if (answer.value === undefined) return problemJson(c, 'not-found')
      const call = readRecord(answer.value)
      if (call === undefined) {
        return problemJson(c, 'conflict', 'no policy judged this request: its record says why')
      }
      const decision = await explained(judging.current(), call)
      const record: unknown = JSON.parse(answer.value)
      return c.json({
        ...decisionView(decision),
        record,
        ...(asked.value.text === 'true' && { text: explainedText(decision) }),
      })
    },
  },
]
