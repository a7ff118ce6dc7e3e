/**
 * What telling callers of their limits costs an answer: the headers of a dialect alone, and the head of
 * an answer with them merged into what the upstream says, beside the plain head. Prints one JSON line
 * each. Run with: node test/bench/limit-headers.ts
 */
import type { LimitState } from '../../src/core/decision.ts'
import type { Dialect } from '../../src/core/seams.ts'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { gemini } from '../../src/dialects/gemini.ts'
import { openai } from '../../src/dialects/openai.ts'
import { LimitMerge } from '../../src/upstream/limit-merge.ts'
import { responseHead } from '../../src/upstream/response-head.ts'
import { aLimitState } from '../support/a-limit-state.ts'

const AT_MS = Date.UTC(2026, 3, 22)
const RUNS = 40
const ROUNDS = 20_000
const ADDED = ['x-stillwatch-decision', '01k0000000000000000000000']

/** Nanoseconds of one round, the best of many short runs: others share the processor. */
const nsOf = (work: (round: number) => unknown): number => {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < RUNS; run++) {
    const begin = performance.now()
    for (let round = 0; round < ROUNDS; round++) work(round)
    best = Math.min(best, ((performance.now() - begin) * 1e6) / ROUNDS)
  }
  return Math.round(best)
}

const COUNTED = [
  'requests',
  'requests',
  'tokens',
  'input_tokens',
  'requests',
  'concurrent',
] as const
const WINDOWS = [60_000, 3_600_000, 86_400_000, 60_000, 86_400_000, 0]

/** Six limits as calls of many accounts meet them: every call finds other numbers. */
const sixLimits = (round: number, own: boolean): LimitState[] =>
  COUNTED.map((counted, at) =>
    aLimitState({
      counted,
      own,
      windowMs: WINDOWS[at] ?? 0,
      quota: 1_000 * (at + 1),
      remaining: (round * 7 + at * 13) % 1_000,
      resetMs: (round * 977) % (WINDOWS[at] || 1),
    }),
  )

const CALLS = 4_096
const own = Array.from({ length: CALLS }, (_, round) => sixLimits(round, true))
const shared = Array.from({ length: CALLS }, (_, round) => sixLimits(round, false))
const of = (lists: readonly LimitState[][], round: number): LimitState[] =>
  lists[round % CALLS] ?? []

const headOf = (dialect: Dialect): Buffer[] => {
  const lines = ['date', 'now', 'content-type', 'application/json', 'content-length', '500']
  for (const { names } of dialect.limitHeaders(sixLimits(1, true), AT_MS, 0)?.groups ?? []) {
    lines.push(names[0], '2000000', names[1], '1999000')
    lines.push(names[2], dialect.name === 'openai' ? '6m0s' : '2026-04-22T00:05:00Z')
  }
  lines.push(
    'openai-processing-ms',
    '312',
    'x-request-id',
    'req_0123456789',
    'server',
    'cloudflare',
  )
  lines.push('cf-ray', '0123456789abcdef-AMS', 'strict-transport-security', 'max-age=31536000')
  return lines.map((word) => Buffer.from(word))
}

for (const dialect of [openai, anthropic, gemini]) {
  const raw = headOf(dialect)
  const withLimits = (limits: readonly LimitState[], round: number) => {
    const told = dialect.limitHeaders(limits, AT_MS + round * 10, 0.4)
    const merge = told && new LimitMerge(told, (text) => dialect.resetMs(text, AT_MS + round * 10))
    return responseHead(raw, 200, ADDED, merge)
  }
  const plainNs = nsOf(() => responseHead(raw, 200, ADDED))
  const figures = {
    dialect: dialect.name,
    headersNs: nsOf((round) => dialect.limitHeaders(of(own, round), AT_MS + round * 10, 0.4)),
    noneOwnNs: nsOf((round) => dialect.limitHeaders(of(shared, round), AT_MS + round * 10, 0.4)),
    plainHeadNs: plainNs,
    headNoneOwnNs: nsOf((round) => withLimits(of(shared, round), round)),
    headMergedNs: nsOf((round) => withLimits(of(own, round), round)),
  }
  console.log(JSON.stringify(figures))
}
