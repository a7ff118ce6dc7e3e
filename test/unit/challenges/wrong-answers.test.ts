import { describe, expect, it } from 'vitest'
import { anAnsweringRig, anIssued } from '../../support/a-challenge.ts'

describe('an answer', () => {
  it('that is a wrong proof of work locks its own challenge, and nobody else of the network', async () => {
    const rig = anAnsweringRig()
    for (let own = 0; own < 7; own++) {
      const issued = anIssued()
      const { puzzle, solution } = await rig.solutionOf(issued)
      const wrong = { puzzle, solution: { ...solution, derivedKey: '0'.repeat(64) } }
      const token = rig.tokenOf(issued)
      for (let n = 0; n < 10; n++) expect((await rig.answer(token, wrong)).kind).toBe('wrong')
      expect((await rig.answer(token, { puzzle, solution })).kind).toBe('limited')
    }
    const honest = anIssued()
    const outcome = await rig.answer(rig.tokenOf(honest), await rig.solutionOf(honest))
    expect(outcome.kind).toBe('granted')
  })
})
