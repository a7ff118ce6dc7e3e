import type { Answer, LevelCounts, Question } from './detector-protocol.ts'
import type { Detector } from '../detector-seam.ts'

/** Answers one question. */
export const answerOf = (detector: Detector, question: Question): Answer => {
  switch (question.of) {
    case 'status':
      return { of: 'status', value: detector.status() }
    case 'list':
      return { of: 'list', value: detector.list() }
    case 'show':
      return { of: 'show', value: detector.show(question.id) }
    case 'members':
      return { of: 'members', value: detector.members(question.id) }
    case 'label':
      return { of: 'label', value: detector.label(question.label) }
  }
}

/** How many campaigns stand at each level. */
export const levelCounts = (detector: Pick<Detector, 'list'>): LevelCounts => {
  const counts: [number, number, number, number, number] = [0, 0, 0, 0, 0]
  for (const { level, state } of detector.list()) if (state !== 'ended') counts[level]++
  return counts
}
