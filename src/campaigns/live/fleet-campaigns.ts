import { Fault } from '../../core/fault.ts'
import type { Campaigns } from '../../core/campaign.ts'
import type { Answer, AnswerValues, Question } from './detector-protocol.ts'
import { campaignsBy } from './detector-questions.ts'
import { labelText } from './label-text.ts'
import { evidenceOf, membersOf } from './spoken.ts'

/** Where the detector of a fleet says what it knows, and hears what operators say. */
export type Desk = {
  read(name: string): Promise<string | undefined>
  label(text: string, withinMs: number): Promise<string | undefined>
}

const LABEL_MS = 10_000

const unreachable = (cause?: unknown): Fault =>
  new Fault('internal', { detail: 'the detector of campaigns cannot be reached', cause })

/** What was said of this by our own program, as its seal vouches: its form is that of the question. */
const valueOf = <K extends keyof AnswerValues>(_of: K, text: string): AnswerValues[K] =>
  JSON.parse(text) as AnswerValues[K]

/**
 * Campaigns of a fleet, from any of its processes: what the detector said after its last pass. Members
 * beyond the 10,000 most probable are not told. A label waits for the detector for 10 s; one that no
 * detector took by then is taken by the next, and the question rejects.
 */
export const createFleetCampaigns = (desk: Desk, labelMs: number = LABEL_MS): Campaigns => {
  const read = async (name: string): Promise<string> => {
    const text = await desk.read(name)
    if (text === undefined) throw unreachable()
    return text
  }
  const answer = async (question: Question): Promise<Answer> => {
    switch (question.of) {
      case 'status':
        return { of: 'status', value: valueOf('status', await read('status')) }
      case 'list':
        return { of: 'list', value: valueOf('list', await read('list')) }
      case 'show': {
        const text = await desk.read(evidenceOf(question.id))
        return { of: 'show', value: text === undefined ? undefined : valueOf('show', text) }
      }
      case 'members': {
        const text = await desk.read(membersOf(question.id))
        return { of: 'members', value: text === undefined ? undefined : valueOf('members', text) }
      }
      case 'label': {
        const text = await desk.label(labelText(question.label), labelMs)
        if (text === undefined) throw unreachable()
        return { of: 'label', value: text === 'null' ? undefined : valueOf('label', text) }
      }
    }
  }
  return campaignsBy(async (question) => {
    try {
      return await answer(question)
    } catch (error) {
      throw error instanceof Fault ? error : unreachable(error)
    }
  })
}
