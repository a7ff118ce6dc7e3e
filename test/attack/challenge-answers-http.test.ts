import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofOfWork } from '../../src/challenges/proof-of-work.ts'
import { createSeals } from '../../src/challenges/seal.ts'
import { issuedText } from '../../src/challenges/issued-text.ts'
import type { Issued } from '../../src/core/challenge.ts'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { anIssued, solvePuzzle } from '../support/a-challenge.ts'
import {
  answer,
  call,
  challengeOf,
  clearancesOf,
  codeOf,
  say,
  solved,
  type Said,
} from '../support/challenged-caller.ts'
import { CHALLENGE_SECRET, keyOf, startChallenging } from '../support/challenging-fleet.ts'
import { decisionRows } from '../support/decision-records.ts'
import { metricOf } from '../support/guard-fleet.ts'
import type { GuardProcess } from '../support/guard-process.ts'
import { until } from '../support/wait.ts'

const HOUR_MS = 3_600_000
/** Answers until the memory is as large as it will be, and those that are measured. */
const WARM = 30_000
const FLOOD = 20_000
const AT_ONCE = 50

/** What only the guard can seal, sealed with its own secret: for every check, something that fails there. */
const seals = createSeals({ rootKey: Buffer.alloc(32), secrets: [CHALLENGE_SECRET] })
const others = createSeals({ rootKey: Buffer.alloc(32), secrets: ['x'.repeat(32)] })
const proofOfWork = createProofOfWork({ seals, clock: Date })
const idOf = (issued: Issued, by = seals): string => by.of('challenge').seal(issuedText(issued))
const clearanceIdOf = (issued: Issued): string => seals.of('clearance').seal(issuedText(issued))

let standIn: StandIn
let guard: GuardProcess

beforeAll(async () => {
  standIn = await createStandIn()
  guard = await startChallenging({
    upstreamUrl: standIn.url,
    // What has just been allocated takes little, so that what is kept shows.
    environment: { NODE_OPTIONS: '--max-semi-space-size=2' },
  })
})
afterAll(async () => {
  await guard.stop()
  await standIn.close()
  rmSync(guard.folder, { recursive: true, force: true })
})

let networks = 0
/** From a network of its own, so that its wrong answers are nobody else's. */
const elsewhere = (): { readonly 'x-forwarded-for': string } => {
  const at = networks++
  return { 'x-forwarded-for': `63.${(at >> 8) & 255}.${at & 255}.7` }
}

const rightFor = async (issued: Issued): Promise<string> => {
  const puzzle = await proofOfWork.puzzle?.(issued)
  if (puzzle === undefined) throw new Error('no puzzle')
  return solved({ puzzle })
}
const wrongFor = async (issued: Issued): Promise<string> => {
  const puzzle = await proofOfWork.puzzle?.(issued)
  if (puzzle === undefined) throw new Error('no puzzle')
  const { counter, derivedKey } = solvePuzzle(puzzle)
  const flipped = (derivedKey.startsWith('0') ? '1' : '0') + derivedKey.slice(1)
  return JSON.stringify({ puzzle, solution: { counter, derivedKey: flipped } })
}

const brief = (said: Said): string => `${said.status} ${String(codeOf(said))}`

/** A challenge that was answered before. */
const spentOne = async (over: Partial<Issued> = {}): Promise<Issued> => {
  const issued = anIssued(over)
  expect((await answer(guard, idOf(issued), await rightFor(issued), elsewhere())).status).toBe(200)
  return issued
}

describe('an answer', () => {
  it('to what was sealed elsewhere, or for something else, or not at all, is malformed', async () => {
    const issued = anIssued()
    const right = await rightFor(issued)
    const good = idOf(issued)
    const at = good.length >> 1
    const flipped = good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1)
    const ids = [
      'A',
      'A'.repeat(good.length),
      randomBytes(200).toString('base64url'),
      flipped,
      good.slice(0, -1),
      `${good}A`,
      good.toLowerCase(),
      idOf(issued, others),
      clearanceIdOf(issued),
      seals.of('challenge').seal('[1]'),
      seals.of('challenge').seal(issuedText(issued).replace('"proof_of_work"', '"none"').slice(1)),
    ]
    for (const id of ids) {
      expect(brief(await answer(guard, id, right, elsewhere()))).toBe('400 challenge_malformed')
    }
    expect((await answer(guard, `${good}%41`, right, elsewhere())).status).toBe(404)
    expect((await answer(guard, 'A'.repeat(3_000), right, elsewhere())).status).toBe(414)
    // It was good all the time.
    expect((await answer(guard, good, right, elsewhere())).status).toBe(200)
  })

  const bodies: readonly (readonly [string, string])[] = [
    ['', '400 invalid_body'],
    ['null', '400 invalid_body'],
    ['[]', '400 invalid_body'],
    ['{"puzzle":', '400 invalid_body'],
    ['{"puzzle":1,"puzzle":2}', '400 invalid_body'],
    [`${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`, '400 invalid_body'],
    ['\ufeff{}', '400 invalid_body'],
    ['{}', '400 challenge_malformed'],
    ['{"token":"x"}', '400 challenge_malformed'],
    ['{"altcha":"e30="}', '400 challenge_malformed'],
    ['{"altcha":[]}', '400 challenge_malformed'],
    ['{"puzzle":{},"solution":{}}', '400 challenge_malformed'],
    ['{"__proto__":{"puzzle":1}}', '400 challenge_malformed'],
    [`{"token":"${'x'.repeat(9_000)}"}`, '413 body_too_large'],
  ]

  it('that is none, by its bytes or its form, leaves the challenge open', async () => {
    for (const [body, expected] of bodies) {
      const issued = anIssued()
      const headers = elsewhere()
      const said = await answer(guard, idOf(issued), body, headers)
      expect(`${body.slice(0, 40)} ${brief(said)}`).toBe(`${body.slice(0, 40)} ${expected}`)
      expect((await answer(guard, idOf(issued), await rightFor(issued), headers)).status).toBe(200)
    }
  })

  it('ends at the first check that it fails, in the order of what the checks cost', async () => {
    const expiredMs = Date.now() - HOUR_MS
    const theirs = { network: 'another-network' }
    const spent = await spentOne()
    const open = anIssued()
    // Each fails at its own check and at every one after it.
    const failing: readonly (readonly [string, string, string, object])[] = [
      ['413 body_too_large', 'A', `{"token":"${'x'.repeat(9_000)}"}`, {}],
      ['400 invalid_body', 'A', '{', {}],
      ['400 challenge_malformed', 'A', await wrongFor(open), {}],
      ['410 challenge_expired', idOf(anIssued({ issuedMs: expiredMs, bound: theirs })), '{}', {}],
      [
        '410 challenge_expired',
        idOf(anIssued({ issuedMs: Date.now() + HOUR_MS, bound: theirs })),
        '{}',
        {},
      ],
      ['409 challenge_spent', idOf({ ...spent, bound: theirs }), '{}', {}],
      ['403 challenge_not_yours', idOf(anIssued({ bound: theirs })), '{}', {}],
      ['403 challenge_not_yours', idOf(anIssued({ bound: { asn: 1 } })), '{}', {}],
      [
        '403 challenge_not_yours',
        idOf(anIssued({ bound: { credential: 'of-somebody' } })),
        '{}',
        { authorization: `Bearer ${keyOf(0)}` },
      ],
      ['403 challenge_not_yours', idOf(open), await wrongFor(anIssued()), {}],
      ['403 challenge_not_answerable', idOf(anIssued({ kind: 'step_up' })), '{}', {}],
      // Nobody verifies these here.
      ['503 challenge_unavailable', idOf(anIssued({ kind: 'human' })), '{"token":"x"}', {}],
      ['422 challenge_wrong', idOf(open), await wrongFor(open), {}],
    ]
    for (const [expected, id, body, headers] of failing) {
      expect(brief(await answer(guard, id, body, { ...elsewhere(), ...headers }))).toBe(expected)
    }
    expect((await answer(guard, idOf(open), await rightFor(open), elsewhere())).status).toBe(200)
  })

  it('that is wrong again and again is put off, for its challenge alone', async () => {
    const [guessed, fresh] = [anIssued(), anIssued()]
    const wrong = await wrongFor(guessed)
    const statuses: number[] = []
    for (let at = 0; at < 14; at++) {
      statuses.push((await answer(guard, idOf(guessed), wrong, elsewhere())).status)
    }
    expect(statuses.filter((status) => status === 422)).toHaveLength(10)
    expect(statuses.slice(10)).toEqual([429, 429, 429, 429])
    const late = await answer(guard, idOf(guessed), await rightFor(guessed), elsewhere())
    expect(brief(late)).toBe('429 challenge_limited')
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(0)
    expect((await answer(guard, idOf(fresh), await rightFor(fresh), elsewhere())).status).toBe(200)

    // Whoever shares a network with one that guesses is not locked out.
    const network = elsewhere()
    for (let at = 0; at < 70; at++) {
      const one = anIssued()
      expect((await answer(guard, idOf(one), await wrongFor(one), network)).status).toBe(422)
    }
    const other = anIssued()
    expect((await answer(guard, idOf(other), await rightFor(other), network)).status).toBe(200)
  })

  it('by another method, or under another type, changes nothing', async () => {
    const issued = anIssued()
    const url = `${guard.url}/.stillwatch/challenges/${idOf(issued)}`
    const body = await rightFor(issued)
    const type = (name: string) => ({ method: 'POST', headers: { 'content-type': name }, body })
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      expect((await say(url, { ...type('application/json'), method })).status).toBe(405)
    }
    for (const name of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      expect(brief(await say(url, type(name)))).toBe('415 unsupported_media_type')
    }
    const zipped = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect((await say(url, { method: 'POST', headers: zipped, body })).status).toBe(415)
    expect((await say(url, type('application/json'))).status).toBe(200)
  })
})

describe('tens of thousands of answers that are junk', () => {
  it('leave a handful of lines in the log, no record, no clearance, and the memory as it was', async () => {
    const issued = anIssued()
    const [wrong, forged] = [await wrongFor(issued), anIssued({ bound: { network: 'x' } })]
    const kinds: readonly (() => readonly [string, string])[] = [
      () => [randomBytes(150).toString('base64url'), '{}'],
      () => [idOf(anIssued(), others), wrong],
      () => [idOf(anIssued()), wrong],
      () => [idOf(forged), wrong],
      () => [idOf(issued), wrong],
      () => ['A', `{"token":"${'x'.repeat(20_000)}"}`],
      () => ['A', `{"token":"${randomBytes(3_000).toString('hex')}"}`],
      () => [idOf(anIssued({ issuedMs: 1 })), wrong],
    ]
    const flood = async (count: number): Promise<Set<number>> => {
      const statuses = new Set<number>()
      for (let from = 0; from < count; from += AT_ONCE) {
        const said = await Promise.all(
          Array.from({ length: AT_ONCE }, (_, at) => {
            const [id, body] = kinds[(from + at) % kinds.length]?.() ?? ['A', '{}']
            return answer(guard, id, body, elsewhere())
          }),
        )
        for (const { status } of said) statuses.add(status)
      }
      return statuses
    }
    const residentMb = async (): Promise<number> =>
      (await metricOf(guard, 'process_resident_memory_bytes')) / 2 ** 20
    const lines = (): number => guard.output().split('\n').length
    // What compiling and filling of pools takes has been taken by then.
    await flood(WARM)
    const [before, beforeMb, rows] = [lines(), await residentMb(), decisionRows(guard).length]
    const known = (await clearancesOf(guard)).length
    const statuses = await flood(FLOOD)
    const afterMb = await residentMb()
    console.log(
      JSON.stringify({
        answers: FLOOD,
        statuses: [...statuses].toSorted(),
        log_lines: lines() - before,
        before_mb: Math.round(beforeMb),
        after_mb: Math.round(afterMb),
      }),
    )
    expect([400, 403, 410, 413, 422, 429]).toEqual(expect.arrayContaining([...statuses]))
    // Two lines a class of trouble and ten seconds at most; there are six classes.
    expect(lines() - before).toBeLessThan(100)
    const longest = Math.max(
      ...guard
        .output()
        .split('\n')
        .map(({ length }) => length),
    )
    expect(longest).toBeLessThan(2_000)
    expect(guard.output()).not.toContain('xxxxxxxx')
    expect(afterMb - beforeMb).toBeLessThan(80)
    expect(decisionRows(guard).length).toBe(rows)
    expect(await clearancesOf(guard)).toHaveLength(known)
    // And an honest caller is served at once.
    const challenge = await challengeOf(guard, keyOf(5), elsewhere())
    expect((await answer(guard, challenge.id, solved(challenge), elsewhere())).status).toBe(200)
    await until('the call to pass', async () => (await call(guard, keyOf(5))).status === 200)
  })
})
