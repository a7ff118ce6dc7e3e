import type { RecordedCall } from '../../core/recorded-call.ts'
import type { Explanation } from '../../policy/explain.ts'
import type { OutcomeQuestion } from '../../policy/explain-recorded.ts'
import { renderExplanation } from '../../policy/render-explanation.ts'
import type { FactChange, SmallestChanges } from '../../policy/smallest-change.ts'

/** A recorded decision, decided again. */
export type ExplainedDecision = {
  readonly call: RecordedCall
  readonly explanation: Explanation
  readonly question: OutcomeQuestion
  readonly found: SmallestChanges
}

const valueText = (value: FactChange['to']): string =>
  value === undefined ? 'unknown' : JSON.stringify(value)

const changeText = ({ fact, from, to }: FactChange): string =>
  `${fact} ${valueText(to)} instead of ${valueText(from)}`

const smallestLines = ({ question, found, explanation }: ExplainedDecision): string[] => {
  const { about, limit } = question
  const title =
    about === 'limit' && limit !== undefined
      ? `What would have let it through ${limit.id} (a quota of ${limit.needed} instead of ${limit.quota})`
      : `What would have changed the verdict ${explanation.verdict}`
  if (found.changes.length === 0) {
    const least = found.complete ? 'no one or two facts' : 'nothing found; the search was cut off'
    return [title, `    ${least}`]
  }
  const lines = found.changes.map(({ facts, verdict, rule }) => {
    const by = rule === undefined ? '' : ` by ${rule}`
    return `    ${facts.map(changeText).join(' and ')}: ${verdict}${by}`
  })
  return [title, ...lines]
}

const lossLines = ({ call }: ExplainedDecision): string[] => {
  const lost = [...call.losses].filter(([, how]) => how !== 'assumed')
  if (lost.length === 0) return []
  return [
    'Facts that the record does not hold as they were',
    ...lost.map(([fact, how]) => `    ${fact} (${how})`),
    '',
  ]
}

const limitLines = ({ call }: ExplainedDecision): string[] =>
  call.limits.length === 0
    ? []
    : [
        'Limits as recorded',
        ...call.limits.map(({ limit, enforced, quota, cost, remaining, exceeded }) => {
          const how = `${exceeded ? 'had no room' : 'had room'}${enforced ? '' : ', counted only'}`
          return `    ${limit}: ${how}; quota ${quota}, cost ${cost}, remaining ${remaining}`
        }),
        '',
      ]

/** An explained decision as text for a terminal. */
export const explainedText = (decision: ExplainedDecision): string => {
  const { call, explanation } = decision
  const by = call.rule === undefined ? '' : ` by rule ${call.rule}`
  const refused = call.refusedBy === undefined ? '' : ` by limit ${call.refusedBy}`
  const same = call.revision === explanation.revision
  return [
    `Decision ${call.id}, ${new Date(call.atMs).toISOString()}`,
    `recorded: ${call.verdict}${by}, the caller met ${call.ruling}${refused}; policy ${call.revision}`,
    same
      ? 'decided again by the same documents, with the switches of now:'
      : `decided again by policy ${explanation.revision}, which is in force now:`,
    '',
    ...smallestLines(decision),
    '',
    ...lossLines(decision),
    ...limitLines(decision),
    renderExplanation(explanation),
  ].join('\n')
}
