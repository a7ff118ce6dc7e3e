/**
 * What strict reading costs beside the engine's own parser, and for how long the worst bodies keep the
 * thread. Run with: node test/bench/strict-json.ts
 */
import { readStrictJson } from '../../src/guard/strict-json.ts'
import { longestStallMs, STALLING_BODIES } from '../support/stalling-bodies.ts'

/** Microseconds of one round, the best of many short runs: others share the processor. */
const microsecondsOf = (work: () => unknown, rounds: number): number => {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 60; run++) {
    const begin = performance.now()
    for (let round = 0; round < rounds; round++) work()
    best = Math.min(best, ((performance.now() - begin) * 1_000) / rounds)
  }
  return best
}

const chat = (content: string): string =>
  JSON.stringify({
    model: 'gpt-5-mini',
    stream: true,
    max_tokens: 512,
    temperature: 0.7,
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content },
    ],
    user: 'u-1234',
  })

const tool = (at: number): unknown => ({
  type: 'function',
  function: {
    name: `tool_${at}`,
    description: `does the thing number ${at} with care`,
    parameters: {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'number', description: 'second' } },
      required: ['a', 'b'],
    },
  },
})

const BODIES: readonly (readonly [name: string, text: string])[] = [
  [
    '300 B chat',
    chat('Tell me about the harbour of Rotterdam, its history and its trade.'.repeat(2)),
  ],
  ['2.6 kB chat', chat('Tell me about the harbour of Rotterdam. '.repeat(62))],
  ['13 kB, one long text', chat('Tell me about the harbour of Rotterdam. '.repeat(320))],
  ['13 kB of code, escaped', chat('const x = "abc"\n  return foo("bar", 1)\n'.repeat(290))],
  ['13 kB of Japanese', chat('日本語のテキスト、こんにちは世界。'.repeat(250))],
  [
    '5 kB of tools',
    JSON.stringify({ model: 'm', tools: Array.from({ length: 25 }, (_, at) => tool(at)) }),
  ],
  ['120 kB, one long text', chat('Tell me about the harbour of Rotterdam. '.repeat(3_000))],
]

for (const [name, text] of BODIES) {
  const bytes = Buffer.from(text)
  const rounds = Math.max(50, Math.floor(1_000_000 / bytes.length))
  const engine = microsecondsOf(() => JSON.parse(bytes.toString()) as unknown, rounds)
  const strict = microsecondsOf(() => readStrictJson(bytes), rounds)
  console.log(
    `${name.padEnd(26)} ${String(bytes.length).padStart(7)} B  engine ${engine.toFixed(2)} µs  strict ${strict.toFixed(2)} µs  ${(strict / engine).toFixed(2)}x`,
  )
}

for (const [name, text] of STALLING_BODIES) {
  const body = Buffer.from(text())
  const stalls: number[] = []
  for (let run = 0; run < 3; run++) {
    stalls.push(
      await longestStallMs(async () => {
        try {
          await readStrictJson(body)
        } catch {
          // Refused bodies count as well.
        }
      }),
    )
  }
  console.log(`${name.padEnd(42)} longest stall ${stalls.map((ms) => ms.toFixed(1)).join(', ')} ms`)
}
