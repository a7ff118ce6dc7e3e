import { describe, expect, it } from 'vitest'
import { similarity } from '../../../src/campaigns/traits/sketch.ts'
import { createTraits } from '../../../src/campaigns/traits/traits.ts'
import type { PromptTurn, Sketch, Traits } from '../../../src/core/traits.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'
import { sharedRows } from '../../support/shared-data.ts'

const traits = createTraits({ rootKey: new Uint8Array(32).fill(3) })
const of = (system: string, turns: readonly PromptTurn[]): Traits =>
  traits({ system, turns, tools: [], decode: [] }, [])
const templateOf = (system: string): Sketch => {
  const { template } = of(system, [])
  return template ?? expect.fail(`no template: ${system.slice(0, 80)}`)
}

const AGENTS = sharedRows<{ readonly agent: string; readonly prompt: string }>(
  'prompts/agent_system_prompts.jsonl.gz',
)

/** Fills the slots of a prompt with what one user of an agent would have there. */
const filledFor = (name: string, prompt: string): string =>
  prompt.replace(/\{\{[^}]*\}\}|\$\{[^}]*\}/g, (slot) =>
    slot.length % 2 === 0 ? `/home/${name}/src/app${slot.length}` : `${slot.length * name.length}`,
  )

describe('real system prompts of agents', () => {
  it('keep their template from user to user, whatever stands in their slots', () => {
    for (const { prompt } of AGENTS) {
      const one = templateOf(filledFor('anna', prompt))
      expect(similarity(one, templateOf(filledFor('ng', prompt)))).toBeGreaterThanOrEqual(0.95)
    }
  })

  it('stay alike where one word in a hundred is another', () => {
    const SEED = 5
    const random = createSeededRandom(SEED)
    const alike = AGENTS.map(({ prompt }) => {
      const words = prompt.split(' ')
      const changed = words.map((word) => (random(100) === 0 ? 'another' : word))
      return similarity(templateOf(prompt), templateOf(changed.join(' ')))
    })
    const kept = alike.filter((value) => value >= 0.8).length
    // Four shingles have each changed word: 0.92 is expected, with a standard error of 0.05.
    expect(kept, `seed ${SEED}`).toBeGreaterThanOrEqual(alike.length * 0.9)
  })

  it('of different agents are not alike', () => {
    const sketches = AGENTS.map(({ agent, prompt }) => ({ agent, sketch: templateOf(prompt) }))
    for (const [at, one] of sketches.entries()) {
      for (const other of sketches.slice(0, at)) {
        if (one.agent === other.agent) continue
        expect(similarity(one.sketch, other.sketch)).toBeLessThan(0.5)
      }
    }
  })
})

describe('real tasks', () => {
  it('of different people are hardly ever alike', () => {
    const tasks = sharedRows<{ readonly source: string; readonly prompt: string }>(
      'prompts/human_prompts.jsonl.gz',
    )
      .filter(({ source }) => source === 'gsm8k')
      .flatMap(({ prompt }) => of('', [{ role: 'user', text: prompt }]).task ?? [])
    let near = 0
    for (const [at, one] of tasks.entries()) {
      for (const other of tasks.slice(0, at)) if (similarity(one, other) >= 0.5) near++
    }
    // About a thousand tasks, half a million pairs.
    expect(near).toBeLessThanOrEqual(2)
  })
})

describe('real conversations of agents', () => {
  type Message = { readonly role: string; readonly content: string | null }
  const turnOf = ({ role, content }: Message): PromptTurn => ({
    role: role === 'assistant' || role === 'tool' ? role : 'user',
    text: content ?? '',
  })

  it('are joined from call to call', () => {
    const rows = sharedRows<{ readonly messages: readonly Message[] }>(
      'prompts/agent_trajectories.jsonl.gz',
    )
    for (const { messages } of rows) {
      const [system, ...rest] = messages
      let after: number | undefined
      for (const [at, { role }] of rest.entries()) {
        if (role !== 'assistant') continue
        const call = of(system?.content ?? '', rest.slice(0, at).map(turnOf))
        // Two answers in a row are one call.
        if (rest[at - 1]?.role === 'assistant') continue
        expect(call.before).toBe(after)
        expect(call.root).toBe(after === undefined)
        expect(call.capability).toBe('agent')
        after = call.after
        expect(after).toBeDefined()
      }
    }
  })
})
