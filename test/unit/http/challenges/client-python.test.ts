import { spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  refusalOf,
  startChallengingServer,
  type ChallengeDialect,
  type ChallengingServer,
} from '../../../support/challenging-server.ts'
import { findProgram } from '../../../support/system-packages.ts'

const FOLDER = new URL('../../../../src/http/challenges/client/', import.meta.url).pathname

/** Reads a body and a base URL, and prints what `solve` returned or raised. */
const PROGRAM = `import json, sys
from stillwatch_client import solve
body, base = json.load(sys.stdin)
try:
    print(json.dumps(["returned", solve(body, base, max_work=2**16)]))
except Exception as error:
    print(json.dumps([type(error).__name__, str(error)]))`

/** Runs `solve` in a process of the system's Python. */
const solve = async (body: object, base: string): Promise<unknown> => {
  const python = findProgram(['python3'])
  if (python === undefined) throw new Error('python3 is not installed')
  const child = spawn(python, ['-c', PROGRAM], {
    env: { PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: '1', PATH: process.env['PATH'] },
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stdin.end(JSON.stringify([body, base]))
  await new Promise((resolve) => {
    child.once('close', resolve)
  })
  return JSON.parse(said)
}

let server: ChallengingServer

beforeEach(async () => {
  server = await startChallengingServer()
})
afterEach(() => server.close())

const refusal = async (over: object = {}, dialect: ChallengeDialect = 'openai'): Promise<object> =>
  refusalOf(dialect, await server.challengeFor('python', over))

describe('the Python file', () => {
  it.each(['openai', 'anthropic', 'gemini'] as const)(
    'passes a challenge in the envelope of %s',
    async (dialect) => {
      const [how, clearance] = (await solve(await refusal({}, dialect), server.url)) as unknown[]
      expect(how).toBe('returned')
      expect(clearance).toMatchObject({ clearance: 'clearance-of-challenge-0' })
      expect(server.answers()).toHaveLength(1)
    },
  )

  it('takes the error without the object around it, as the package of OpenAI hands it out', async () => {
    const { error } = (await refusal()) as { error: object }
    expect(await solve(error, `${server.url}/v1/`)).toMatchObject(['returned', {}])
  })

  it('counts a spent challenge as passed', async () => {
    server.handlers.answer = (response) => void response.writeHead(409).end()
    expect(await solve(await refusal(), server.url)).toMatchObject([
      'returned',
      { clearance: null },
    ])
  })

  it('waits three times where it is told to', async () => {
    const { answer } = server.handlers
    server.handlers.answer = (response, one) =>
      server.answers().length > 3
        ? answer(response, one)
        : void response.writeHead(503, { 'retry-after': '0' }).end()
    expect(await solve(await refusal(), server.url)).toMatchObject(['returned', {}])
    expect(server.answers()).toHaveLength(4)
  })

  it('tells in a sentence that the store stays away', async () => {
    server.handlers.answer = (response) =>
      void response.writeHead(503, { 'retry-after': '0' }).end()
    expect(await solve(await refusal(), server.url)).toEqual([
      'RuntimeError',
      `The solution was not taken (status 503). Call again later, or open this in a browser: ${server.url}/.stillwatch/challenges/challenge-0`,
    ])
    expect(server.answers()).toHaveLength(4)
  })

  it.each([
    [422, {}],
    [307, { location: '/elsewhere' }],
    [429, { 'retry-after': '31' }],
    [429, { 'retry-after': '3600' }],
    [503, { 'retry-after': '9'.repeat(5_000) }],
    [503, { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }],
  ])('raises the answer %i with a sentence', async (status, headers) => {
    server.handlers.answer = (response) => void response.writeHead(status, headers).end()
    const [raised, text] = (await solve(await refusal(), server.url)) as string[]
    expect(raised).toBe('RuntimeError')
    expect(text).toContain(`was not taken (status ${status}). Call again later`)
    expect(server.answers()).toHaveLength(1)
  })

  it('raises the sentence of a challenge for a person', async () => {
    const sentence = 'Pass the challenge, then try again.'
    expect(await solve(await refusal({ kind: 'human' }), server.url)).toEqual([
      'ValueError',
      sentence,
    ])
  })

  it.each([
    'file:///etc/passwd',
    'ftp://127.0.0.1/a',
    'http://10.0.0.1/a',
    'http://127.0.0.1:1/a',
    'https://a:b@api.example.com/a',
    'javascript:alert(1)',
    '/a',
  ])('does not go to %s', async (url) => {
    const [raised] = (await solve(await refusal({ url }), server.url)) as string[]
    expect(raised).toBe('ValueError')
    expect(server.answers()).toHaveLength(0)
  })

  it.each<[string, object]>([
    ['costs a billion rounds', { cost: 1e9 }],
    ['has an empty prefix', { keyPrefix: '' }],
    ['has no end', { keyPrefix: '0'.repeat(32) }],
    ['has a key of a billion bytes', { keyLength: 1e9 }],
    ['is of another algorithm', { algorithm: 'ARGON2ID' }],
  ])('does no absurd work where a puzzle %s', async (_, over) => {
    const { puzzle } = (await server.challengeFor('python')) as {
      puzzle: { parameters: object; signature: string }
    }
    const hostile = { ...puzzle, parameters: { ...puzzle.parameters, ...over } }
    const [raised] = (await solve(await refusal({ puzzle: hostile }), server.url)) as string[]
    expect(raised).toBe('ValueError')
    expect(server.answers()).toHaveLength(0)
  })
})
