import { expect, it } from 'vitest'
import { gossipNote, limitsNote, storeNote } from '../../src/app-shared-words.ts'

it.each([
  ['timeout', 'no answer from Redis in 50 ms', /50 ms; see whether they are overloaded/],
  ['unreachable', 'connect ECONNREFUSED', /ECONNREFUSED; see whether they run/],
  ['refused', 'OOM command not allowed', /OOM .*; correct what the message names/],
  ['nonsense', 'Unknown RESP type', /see what it is that answers/],
  ['forgotten', 'another memory', /nothing is to be done/],
] as const)('says what to do about counters that are lost by %s', (failure, message, words) => {
  expect(limitsNote({ kind: 'ledger_lost', ledger: 3, failure, message })).toEqual({
    kind: 'ledger_lost',
    level: 'warn',
    fields: { part: 3, failure },
    text: expect.stringMatching(words) as string,
  })
})

it('says for how long they were lost, and warns of what others write', () => {
  expect(limitsNote({ kind: 'ledger_back', ledger: 0, downMs: 61_000 })).toMatchObject({
    level: 'info',
    fields: { part: 0, down_ms: 61_000 },
    text: 'the shared counters are trusted again after 1 min 1 s',
  })
  expect(limitsNote({ kind: 'counters_repaired', ledger: 0, counters: 2 })).toMatchObject({
    level: 'warn',
    fields: { counters: 2 },
    text: expect.stringMatching(/see who else writes there/) as string,
  })
  expect(limitsNote({ kind: 'backlog_full', ledger: 0 }).level).toBe('warn')
})

it('says of the store and of what replicas learn what does not work, and that it works again', () => {
  expect(storeNote({ kind: 'connection', text: 'WRONGPASS' }).text).toContain('WRONGPASS')
  expect(storeNote({ kind: 'repaired', counters: 1 }).kind).toBe('counters_repaired')
  const topic = 'sightings'
  expect(gossipNote({ topic, kind: 'silent' })).toMatchObject({
    kind: 'learned_silent',
    level: 'warn',
    fields: { topic },
  })
  expect(gossipNote({ topic, kind: 'speaking' }).level).toBe('info')
})
