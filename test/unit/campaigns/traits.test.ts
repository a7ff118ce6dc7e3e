import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTraits } from '../../../src/campaigns/traits/traits.ts'
import type { Prompt, PromptTurn, Traits } from '../../../src/core/traits.ts'

const KEY = new Uint8Array(32).fill(7)
const traits = createTraits({ rootKey: KEY })

const SYSTEM = 'You are a careful agent that edits files in the project of the user.'
const TASK = 'Please find out why the harbour test fails and repair it without changing the test.'

const aPrompt = (changes: Partial<Prompt> = {}): Prompt => ({
  system: SYSTEM,
  turns: [{ role: 'user', text: TASK }],
  tools: [],
  decode: [],
  ...changes,
})
const of = (changes: Partial<Prompt>, rawHeaders: readonly string[] = []): Traits =>
  traits(aPrompt(changes), rawHeaders)

const user = (text: string): PromptTurn => ({ role: 'user', text })
const assistant = (text: string): PromptTurn => ({ role: 'assistant', text })
const tool = (text: string): PromptTurn => ({ role: 'tool', text })

describe('the template of a prompt', () => {
  it('is the system prompt, whatever values stand in it', () => {
    const one = of({ system: `${SYSTEM} It is 2026-11-21 in /home/anna.` })
    const other = of({ system: `${SYSTEM} It is 2027-01-02 in /srv/x.`, turns: [user('Hello')] })
    expect(one.template).toEqual(other.template)
    expect(one.template).not.toEqual(of({}).template)
  })

  it('is the opening of the first user turn where there is no system prompt to speak of', () => {
    const opening = 'Come up with a series of diverse tasks for a language model to learn from: '
    const words = (word: string): string => `${word} `.repeat(80)
    const one = of({ system: '', turns: [user(opening.repeat(6) + words('alpha'))] })
    const other = of({ system: 'Be kind.', turns: [user(opening.repeat(6) + words('beta'))] })
    expect(one.template).toEqual(other.template)
    expect(one.template).toBeDefined()
  })

  it('is none where both are too short', () => {
    expect(of({ system: 'Be kind.', turns: [user('Hello there')] }).template).toBeUndefined()
    expect(of({ system: '', turns: [] }).template).toBeUndefined()
  })
})

describe('a task', () => {
  const text = Array.from({ length: 70 }, (_, at) => `word${at}`).join(' ')

  it('is a first user turn of 60 words or more, however it is spaced', () => {
    expect(of({ turns: [user(text)] }).task).toEqual(
      of({ turns: [user(text.replaceAll(' ', '\n').toUpperCase())] }).task,
    )
    expect(of({ turns: [user(text)] }).task).toBeDefined()
    expect(of({ turns: [user(text.split(' ').slice(0, 59).join(' '))] }).task).toBeUndefined()
  })

  it('keeps its numbers', () => {
    expect(of({ turns: [user(`${text} 17`)] }).task?.hash).not.toBe(
      of({ turns: [user(`${text} 18`)] }).task?.hash,
    )
  })
})

describe('tools and decoding', () => {
  const read = { name: 'read_file', parameters: ['path', 'limit'] }
  const edit = { name: 'edit', parameters: ['path', 'text'] }

  it('are told apart by names, not by their order', () => {
    const { tools } = of({ tools: [read, edit] })
    const turned = [edit, { ...read, parameters: ['limit', 'path'] }]
    expect(of({ tools: turned }).tools).toBe(tools)
    expect(of({ tools: [read] }).tools).not.toBe(tools)
    expect(of({ tools: [{ ...read, parameters: ['path'] }, edit] }).tools).not.toBe(tools)
    expect(of({}).tools).toBeUndefined()
  })

  it('make a profile of every field that is set', () => {
    expect(of({ decode: ['temperature=1'] }).decode).toBe(of({ decode: ['temperature=1'] }).decode)
    expect(of({ decode: ['temperature=1'] }).decode).not.toBe(of({ decode: [] }).decode)
  })
})

describe('the place', () => {
  const place = '\nWorking directory: /srv/app\nPlatform: linux\n'

  it('counts in the system prompt and in the first user turn', () => {
    const there = of({ system: SYSTEM + place }).environment
    expect(there).toBeDefined()
    expect(of({ system: `${SYSTEM} Be brief.${place}` }).environment).toBe(there)
    expect(of({ system: SYSTEM + place.replace('app', 'web') }).environment).not.toBe(there)
    expect(of({ turns: [user(TASK + place)] }).environment).toBeDefined()
    expect(of({}).environment).toBeUndefined()
  })

  it('may contradict the headers', () => {
    const from = (os: string): boolean | undefined =>
      of({ system: SYSTEM + place }, ['x-stainless-os', os]).contradicts
    expect(from('Linux')).toBe(false)
    expect(from('MacOS')).toBe(true)
    expect(from('Unknown')).toBeUndefined()
    expect(of({}, ['x-stainless-os', 'Linux']).contradicts).toBeUndefined()
  })
})

describe('what a prompt asks for', () => {
  it.each([
    ['chat', 'What would be a nice present for my grandmother?'],
    ['code', 'Write a function in Python that reverses a list.'],
    ['code', '请写一个程序，用函数实现排序'],
    ['reasoning', 'Solve this and think step by step, writing out every thought.'],
    ['reasoning', '请一步一步写出推理过程'],
    ['grading', 'Act as a judge and score the answer by the rubric below.'],
    ['grading', '请你作为裁判给下面的回答打分'],
    ['data', 'Come up with a series of diverse tasks for training data.'],
    ['data', '请生成问题作为训练数据'],
  ])('is guessed to be %s: %s', (capability, text) => {
    expect(of({ turns: [user(text)] }).capability).toBe(capability)
  })

  it('is agent work where tools touch a machine or have answered', () => {
    expect(of({ tools: [{ name: 'run_shell_command', parameters: [] }] }).capability).toBe('agent')
    expect(of({ tools: [{ name: 'get_weather', parameters: [] }] }).capability).not.toBe('agent')
    expect(of({ turns: [user(TASK), assistant('x'), tool('y')] }).capability).toBe('agent')
  })
})

describe('the chain of a conversation', () => {
  const first = [user(TASK)]
  const second = [...first, assistant('Let me look.'), tool('one'), tool('two')]
  const third = [...second, assistant(''), assistant('more'), tool('three'), user('And?')]

  it('begins without a past', () => {
    expect(of({ turns: first })).toMatchObject({ root: true, before: undefined })
    expect(of({ turns: first }).after).toBeDefined()
    expect(of({ turns: [...first, user('Also this, please.')] }).root).toBe(true)
  })

  it('goes on from where the last call left it', () => {
    expect(of({ turns: second }).before).toBe(of({ turns: first }).after)
    expect(of({ turns: third }).before).toBe(of({ turns: second }).after)
    expect(of({ turns: third }).root).toBe(false)
  })

  it('goes on with other values in the instructions', () => {
    const before = of({ turns: first, system: `${SYSTEM} It is 17:30 now.` }).after
    expect(of({ turns: second, system: `${SYSTEM} It is 17:31 now.` }).before).toBe(before)
  })

  it('does not go on from other instructions, tools, turns or roles', () => {
    const { before } = of({ turns: third })
    const tools = [{ name: 'x', parameters: [] }]
    const changed = third.map((turn, at) => (at === 1 ? assistant('Let me see.') : turn))
    const asUser = third.map((turn, at) => (at === 2 ? user(turn.text) : turn))
    for (const other of [
      of({ turns: third, system: `${SYSTEM} Be brief.` }),
      of({ turns: third, tools }),
      of({ turns: changed }),
      of({ turns: asUser }),
    ]) {
      expect(other.before).toBeDefined()
      expect(other.before).not.toBe(before)
    }
  })

  it('leaves out an answer that is begun for the model', () => {
    const begun = of({ turns: [...first, assistant('{"answer":')] })
    expect(begun).toMatchObject({
      root: true,
      before: undefined,
      after: of({ turns: first }).after,
    })
  })

  it('is not told while too little was said', () => {
    expect(of({ turns: [user('Hello, are you there?')] }).after).toBeUndefined()
    const greeted = [user('Hello!'), assistant('Hi!'), user(TASK)]
    expect(of({ turns: greeted }).before).toBeUndefined()
    expect(of({ turns: greeted }).after).toBeDefined()
  })

  it('is not told where the past is not in the body', () => {
    expect(of({ turns: [assistant(''), user(TASK)] })).toMatchObject({
      root: false,
      before: undefined,
      after: undefined,
    })
  })

  it('joins every call of any conversation to the one before, also a very long one', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.array(fc.nat(0xffff), { maxLength: 9 }).map((codes) => String.fromCharCode(...codes)),
      fc.integer({ min: 1, max: 60_000 }).map((count) => 'harbour '.repeat(count)),
    )
    const asked = fc.array(
      fc.record({ role: fc.constantFrom('user' as const, 'tool' as const), text }),
      { minLength: 1, maxLength: 3 },
    )
    const answered = fc.array(text.map(assistant), { minLength: 1, maxLength: 2 })
    const exchange = fc.tuple(answered, asked)
    fc.assert(
      fc.property(fc.array(exchange, { maxLength: 6 }), (exchanges) => {
        let turns: PromptTurn[] = [user(TASK)]
        let { after } = of({ turns })
        const states = new Set([after])
        for (const [answers, news] of exchanges) {
          turns = [...turns, ...answers, ...news]
          const next = of({ turns })
          expect(next.before).toBe(after)
          expect(next.root).toBe(false)
          after = next.after
          states.add(after)
        }
        expect(states.size).toBe(exchanges.length + 1)
      }),
      { seed: 21, numRuns: 50 },
    )
  })

  it('joins calls of more turns than it reads', () => {
    const many = Array.from({ length: 9_000 }, (_, at) => user(`turn ${at}`))
    const next = [...many, assistant('Yes.'), user('And?')]
    expect(of({ turns: next }).before).toBe(of({ turns: many }).after)
    expect(of({ turns: many.slice(1) }).after).not.toBe(of({ turns: many }).after)
  })

  it('tells a change of length far beyond what is read', () => {
    const long = 'harbour '.repeat(100_000)
    const chain = (text: string): number | undefined => of({ turns: [user(text)] }).after
    expect(chain(`${long}a${long}`)).not.toBe(chain(`${long}ab${long}`))
    expect(chain(`${long}a`)).not.toBe(chain(`${long}b`))
  })
})

describe('traits', () => {
  it('of two installations have nothing in common', () => {
    const prompt = aPrompt({ tools: [{ name: 'x', parameters: [] }], decode: ['n=1'] })
    const own = traits(prompt, [])
    const other = createTraits({ rootKey: new Uint8Array(32).fill(8) })(prompt, [])
    for (const name of ['tools', 'decode', 'after'] as const) {
      expect(own[name]).toBeDefined()
      expect(own[name], name).not.toBe(other[name])
    }
    expect(own.template?.hash).not.toBe(other.template?.hash)
  })

  it('of one prompt are the same, remembered or not', () => {
    const prompt = aPrompt({ system: `${SYSTEM}\ncwd: /a`, turns: [user(TASK.repeat(9))] })
    const fresh = createTraits({ rootKey: KEY })(prompt, [])
    expect(traits(prompt, [])).toEqual(fresh)
    expect(traits(prompt, [])).toEqual(fresh)
  })

  it('hold no text', () => {
    const text = JSON.stringify(of({ system: `${SYSTEM}\ncwd: /a`, turns: [user(TASK)] }))
    expect(text).not.toMatch(/harbour|careful|cwd/)
  })
})
