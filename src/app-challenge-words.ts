import type { Note } from './app-shared-words.ts'
import type { Issued } from './core/challenge.ts'

type Said = readonly [level: Note['level'], text: string]

const WEBHOOK = 'a step-up webhook'

/** What an operator must know, or can do something about; the rest is the caller's own mistake. */
const WORDS: { readonly [why: string]: Said } = {
  unavailable: [
    'warn',
    'answers to challenges cannot be judged: the store of clearances, or the vendor of human, is not reached; callers are told to try again',
  ],
  flood: ['warn', 'a flood of bad answers to challenges; those of its address wait'],
  limited: ['warn', 'too many wrong answers to challenges come from one place; they wait'],
  step_up_unsigned: [
    'warn',
    `${WEBHOOK} was not signed with one of challenges.step_up.secrets; see whether your console has the same`,
  ],
  step_up_stale: [
    'warn',
    `${WEBHOOK} came with a time more than 5 minutes off; see whether the clocks agree, or whether an old one is sent again`,
  ],
  step_up_disabled: ['warn', `${WEBHOOK} came, but challenges.step_up.secrets are not set`],
  step_up_unavailable: [
    'warn',
    `${WEBHOOK} could not be written down: the store of clearances is not reached; its sender is told to send it again`,
  ],
  step_up_contradicts: ['warn', `${WEBHOOK} contradicts what stands about its challenge already`],
  step_up_expired: ['warn', `${WEBHOOK} came after its challenge had expired`],
  step_up_malformed: ['warn', `${WEBHOOK} is not of the form that is documented`],
  step_up_unknown: ['warn', `${WEBHOOK} names a challenge that was not sealed here`],
}

const OWN_MISTAKE: Said = ['info', 'an answer to a challenge, or a request beside it, is no good']

/** A line about what came to nothing below `/.stillwatch`. It names the decision, by which a record is found. */
export const challengeNote = (why: string, issued: Issued | undefined): Note => {
  const [level, text] = WORDS[why] ?? OWN_MISTAKE
  return {
    kind: `challenge ${why}`,
    level,
    fields: {
      why,
      ...(issued && {
        challenge: issued.id,
        challenge_kind: issued.kind,
        decision: issued.decision,
      }),
    },
    text,
  }
}

/** Challenges that were asked for faster than they are given out. */
export const limitedNote = (kind: string): Note => ({
  kind: 'challenges limited',
  level: 'warn',
  fields: { challenge_kind: kind },
  text: 'more challenges are asked for than are given out; those callers are told to wait',
})
