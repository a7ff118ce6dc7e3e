import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Prompt } from '../../../src/core/traits.ts'
import type { Dialect } from '../../../src/core/seams.ts'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { gemini } from '../../../src/dialects/gemini.ts'
import { openai } from '../../../src/dialects/openai.ts'

const promptOf = (dialect: Dialect, path: string, body: unknown): Prompt | undefined => {
  const route = dialect.route('POST', path)
  if (route === undefined || route === 'method_not_allowed') expect.fail(`no route ${path}`)
  return dialect.prompt(route, body)
}

const CHAT = '/v1/chat/completions'
const RESPONSES = '/v1/responses'
const MESSAGES = '/v1/messages'
const GENERATE = '/v1beta/models/gemini-3-pro:generateContent'
const STREAM = '/v1beta/models/gemini-3-pro:streamGenerateContent'

const SCHEMA = { type: 'object', properties: { path: { type: 'string' }, limit: {} } }
const TOOLS = [{ name: 'read_file', parameters: ['path', 'limit'] }]
const EXCHANGE = [
  { role: 'user', text: 'Look\nhere' },
  { role: 'assistant', text: 'Yes.\nread_file path\n/a' },
  { role: 'tool', text: 'the file' },
  { role: 'user', text: 'Thanks' },
]

describe('the prompt of a body', () => {
  it('is the same conversation in the dialects that take tool arguments as JSON', () => {
    const said = promptOf(anthropic, MESSAGES, {
      system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image', source: { type: 'base64', data: 'AAAA' } },
            { type: 'text', text: 'here' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 's' },
            { type: 'text', text: 'Yes.' },
            { type: 'tool_use', id: 't1', name: 'read_file', input: { path: '/a' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't1', content: 'the file' },
            { type: 'text', text: 'Thanks' },
          ],
        },
      ],
      tools: [{ name: 'read_file', input_schema: SCHEMA }],
      temperature: 1,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      max_tokens: 8,
    })
    expect(said).toEqual({
      system: 'Be kind.',
      turns: EXCHANGE,
      tools: TOOLS,
      decode: ['temperature=1', 'max_tokens=8', 'thoughts=enabled', 'budget=1024'],
    })
    const generated = promptOf(gemini, STREAM, {
      systemInstruction: { parts: [{ text: 'Be kind.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Look' }, { inlineData: {} }, { text: 'here' }] },
        {
          role: 'model',
          parts: [
            { text: 'hm', thought: true },
            { text: 'Yes.' },
            { functionCall: { name: 'read_file', args: { path: '/a' } } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'read_file', response: 'the file' } },
            { text: 'Thanks' },
          ],
        },
      ],
      tools: [{ functionDeclarations: [{ name: 'read_file', parameters: SCHEMA }] }],
      generationConfig: {
        temperature: 1,
        maxOutputTokens: 8,
        thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 },
      },
    })
    expect(generated).toEqual({
      system: 'Be kind.',
      turns: EXCHANGE,
      tools: TOOLS,
      decode: ['temperature=1', 'max_tokens=8', 'thoughts=true', 'budget=1024', 'stream=true'],
    })
  })

  it('is read from chat, where later instructions are turns', () => {
    expect(
      promptOf(openai, CHAT, {
        messages: [
          { role: 'system', content: 'Be kind.' },
          { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
          { role: 'user', content: [{ type: 'text', text: 'Look' }, { type: 'image_url' }] },
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c', function: { name: 'read_file', arguments: '{"path":"/a"}' } }],
          },
          { role: 'tool', tool_call_id: 'c', content: 'the file' },
          { role: 'system', content: 'Hurry up.' },
        ],
        tools: [{ type: 'function', function: { name: 'read_file', parameters: SCHEMA } }],
        temperature: 0.7,
        top_p: 1,
        max_completion_tokens: 99,
        stop: ['\n', 'END'],
        seed: 1234567,
        response_format: { type: 'json_schema', json_schema: {} },
        reasoning_effort: 'high',
        stream: true,
      }),
    ).toEqual({
      system: 'Be kind.\nBe brief.',
      turns: [
        { role: 'user', text: 'Look' },
        { role: 'assistant', text: 'read_file {"path":"/a"}' },
        { role: 'tool', text: 'the file' },
        { role: 'user', text: 'Hurry up.' },
      ],
      tools: TOOLS,
      decode: [
        'temperature=0.7',
        'top_p=1',
        'max_tokens=99',
        'stop=2: \n END',
        'seed',
        'effort=high',
        'stream=true',
        'format=json_schema',
      ],
    })
  })

  it('is read from Responses', () => {
    expect(
      promptOf(openai, RESPONSES, {
        instructions: 'Be kind.',
        input: [
          { role: 'user', content: [{ type: 'input_text', text: 'Look' }] },
          { type: 'reasoning', summary: [] },
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Yes.' }] },
          { type: 'function_call', call_id: 'c', name: 'read_file', arguments: '{}' },
          { type: 'function_call_output', call_id: 'c', output: 'the file' },
        ],
        tools: [
          { type: 'function', name: 'read_file', parameters: SCHEMA },
          { type: 'web_search' },
        ],
        reasoning: { effort: 'low', summary: 'auto' },
        max_output_tokens: 5,
      }),
    ).toEqual({
      system: 'Be kind.',
      turns: [
        { role: 'user', text: 'Look' },
        { role: 'assistant', text: 'Yes.' },
        { role: 'assistant', text: 'read_file {}' },
        { role: 'tool', text: 'the file' },
      ],
      tools: [...TOOLS, { name: 'web_search', parameters: [] }],
      decode: ['max_tokens=5', 'effort=low', 'thoughts=auto'],
    })
  })

  it('says that it goes on from a past that the provider keeps', () => {
    const turns = [
      { role: 'assistant', text: '' },
      { role: 'user', text: 'And?' },
    ]
    for (const past of [{ previous_response_id: 'r' }, { conversation: { id: 'c' } }]) {
      expect(promptOf(openai, RESPONSES, { input: 'And?', ...past })?.turns).toEqual(turns)
    }
    const none = { input: 'And?', previous_response_id: null }
    expect(promptOf(openai, RESPONSES, none)?.turns).toEqual(turns.slice(1))
  })

  it('is read from the legacy routes', () => {
    const turns = [{ role: 'user', text: 'Once upon' }]
    expect(promptOf(openai, '/v1/completions', { prompt: ['Once upon'] })?.turns).toEqual(turns)
    expect(promptOf(openai, '/v1/completions', { prompt: [1, 2] })?.turns).toEqual([])
    expect(promptOf(anthropic, '/v1/complete', { prompt: 'Once upon' })?.turns).toEqual(turns)
  })

  it('is read in either spelling of Google’s JSON', () => {
    const body = {
      system_instruction: { parts: { text: 'Be kind.' } },
      contents: { parts: [{ text: 'Look' }] },
      tools: [{ function_declarations: [{ name: 'f' }] }, { googleSearch: {} }],
      generation_config: { top_k: 4, thinking_config: { thinking_budget: 0 } },
    }
    expect(promptOf(gemini, GENERATE, body)).toEqual({
      system: 'Be kind.',
      turns: [{ role: 'user', text: 'Look' }],
      tools: [
        { name: 'f', parameters: [] },
        { name: 'googleSearch', parameters: [] },
      ],
      decode: ['top_k=4', 'budget=0'],
    })
  })

  it('is none where a route carries none', () => {
    expect(promptOf(openai, '/v1/embeddings', { input: 'x' })).toBeUndefined()
    expect(promptOf(openai, '/v1/batches', {})).toBeUndefined()
    expect(promptOf(anthropic, '/v1/messages/count_tokens', { messages: [] })).toBeUndefined()
    expect(promptOf(gemini, '/v1beta/models/e:embedContent', {})).toBeUndefined()
  })
})

describe('a hostile body', () => {
  const ROUTES = [
    [openai, CHAT],
    [openai, RESPONSES],
    [openai, '/v1/completions'],
    [anthropic, MESSAGES],
    [anthropic, '/v1/complete'],
    [gemini, GENERATE],
  ] as const

  const NAMES = `messages system input instructions contents parts role content text type name tools
    tool_calls function arguments functionCall functionResponse response args properties parameters
    input_schema generationConfig thinking stop output prompt functionDeclarations model assistant user
    tool function_call tool_use tool_result message temperature`
    .trim()
    .split(/\s+/)

  it('never throws, and gives strings only', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'large', withCrossShrink: true },
        fc.constantFrom(...NAMES),
        fc.constantFrom(null, true, 0, -1.5, '', '\ud800', '__proto__'),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 6 }),
      ),
    }))
    fc.assert(
      fc.property(value, fc.constantFrom(...ROUTES), (body, [dialect, path]) => {
        const prompt = promptOf(dialect, path, body)
        if (prompt === undefined) return
        const texts = [
          prompt.system,
          ...prompt.turns.map(({ text }) => text),
          ...prompt.tools.flatMap(({ name, parameters }) => [name, ...parameters]),
          ...prompt.decode,
        ]
        expect(texts.filter((text) => typeof text !== 'string')).toEqual([])
      }),
      { seed: 31, numRuns: 2_000 },
    )
  })

  it('is read within bounds', () => {
    let deep: unknown = 'x'
    for (let level = 0; level < 5_000; level++) deep = { deep }
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`p${at}`, at]))
    const prompt = promptOf(anthropic, MESSAGES, {
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', name: 'a', input: { deep } }] },
        { role: 'assistant', content: [{ type: 'tool_use', name: 'a', input: wide }] },
      ],
      tools: Array.from({ length: 600 }, () => ({ name: 'x', input_schema: { properties: wide } })),
      stop_sequences: Array(10_000).fill('x'.repeat(1_000)),
    })
    expect(prompt?.tools).toHaveLength(512)
    expect(prompt?.tools[0]?.parameters).toHaveLength(64)
    expect(prompt?.turns[1]?.text.length).toBeLessThan(20_000)
    expect(prompt?.decode.join().length).toBeLessThan(1_000)
  })
})
