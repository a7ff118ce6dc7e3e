/**
 * What the traits of a prompt cost: without what was kept of earlier prompts (cold: system prompt and first
 * turn never seen) and with it (warm: a conversation that goes on). Budget: 0.1 ms at 13 kB of prompt.
 * Run with: node test/bench/traits.ts
 */
import { createTraits } from '../../src/campaigns/traits/traits.ts'
import type { Prompt, PromptTurn } from '../../src/core/traits.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

const random = createSeededRandom(7)
const VOCABULARY = Array.from({ length: 4_000 }, () =>
  Array.from({ length: 2 + random(9) }, () => String.fromCharCode(97 + random(26))).join(''),
)

/** Words in lines, with a number, a path or a quotation now and then; flat, as parsers make strings. */
const prose = (chars: number): string => {
  let text = ''
  while (text.length < chars) {
    const word = VOCABULARY[random(VOCABULARY.length)] ?? ''
    const kind = random(40)
    text +=
      kind === 0
        ? `/srv/${word}/a.ts `
        : kind === 1
          ? `"${word} ${word}" `
          : kind === 2
            ? '17.5 '
            : ''
    text += random(12) === 0 ? `${word}.\n` : `${word} `
  }
  return Buffer.from(text.slice(0, chars)).toString()
}

const TOOLS = ['read_file', 'run_shell_command', 'search_text', 'write_file', 'list_directory'].map(
  (name) => ({ name, parameters: ['path', 'limit', 'offset', 'description'] }),
)

/** A third instructions with a block about the place, then a task and turns of about 700 characters. */
const promptOf = (chars: number): Prompt => {
  const place = '\nWorking directory: /srv/app\nPlatform: linux\nShell: bash\n'
  const system = prose(Math.floor(chars / 3)) + place
  const turns: PromptTurn[] = [{ role: 'user', text: prose(Math.floor(chars / 4)) }]
  for (let left = chars - system.length - chars / 4; left > 0; left -= 700) {
    const text = prose(Math.min(700, left))
    turns.push({ role: turns.length % 2 === 1 ? 'assistant' : 'tool', text })
  }
  return { system, turns, tools: TOOLS, decode: ['temperature=0.7', 'max_tokens=4096'] }
}

const HEADERS = ['user-agent', 'OpenAI/JS 7.55.0', 'x-stainless-os', 'Linux']

const traits = createTraits({ rootKey: Buffer.alloc(32, 1) })
let made = 0

/** The same prompt as if never seen: other first words, and all strings flat as a parser makes them. */
const anew = (prompt: Prompt): Prompt => {
  const text = JSON.stringify({
    ...prompt,
    system: `${String(made++)} ${prompt.system}`,
    turns: prompt.turns.map((turn) => ({ ...turn, text: `${String(made++)} ${turn.text}` })),
  })
  // It was a prompt before it was text.
  return JSON.parse(text) as Prompt
}

const rows: { [column: string]: string }[] = []
const measure = (name: string, chars: number, prompts: () => Prompt, rounds: number): void => {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const prompt = prompts()
    const begin = performance.now()
    traits(prompt, HEADERS)
    times.push((performance.now() - begin) * 1_000)
  }
  // The first half warms the compiler up.
  const sorted = times.slice(times.length / 2).toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
  rows.push({ prompt: `${chars} B`, cache: name, 'median µs': at(0.5), 'p99 µs': at(0.99) })
}

for (const chars of [300, 2_600, 13_000, 53_000]) {
  const some = Array.from({ length: 100 }, () => promptOf(chars))
  let next = 0
  measure('cold', chars, () => anew(some[next++ % some.length] ?? promptOf(chars)), 6_000)
  const one = anew(promptOf(chars))
  measure('warm', chars, () => one, 6_000)
}
console.table(rows)
