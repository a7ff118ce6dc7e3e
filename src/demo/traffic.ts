import type { DemoAccount, Persona } from './personas.ts'

/** Calls on their way; `stop` lets none start any more. */
export type Traffic = { stop(): void }

type DemoRequest = {
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: object
}

const QUESTIONS = [
  'Summarise the minutes of our last meeting in three sentences.',
  'Why does my build fail with a missing header?',
  'Write a friendly reminder about the open invoice.',
  'Explain the difference between a mutex and a semaphore.',
]

const requestOf = (persona: Persona, account: DemoAccount, turn: number): DemoRequest => {
  const { model, stream } = persona
  const question = QUESTIONS[turn % QUESTIONS.length] ?? ''
  switch (persona.dialect) {
    case 'openai':
      return {
        path: '/v1/chat/completions',
        headers: { authorization: `Bearer ${account.credential}` },
        body: { model, stream, messages: [{ role: 'user', content: question }] },
      }
    case 'anthropic':
      return {
        path: '/v1/messages',
        headers: { 'x-api-key': account.credential, 'anthropic-version': '2023-06-01' },
        body: { model, stream, max_tokens: 400, messages: [{ role: 'user', content: question }] },
      }
    case 'gemini':
      return {
        path: `/v1beta/models/${model}:generateContent`,
        headers: { 'x-goog-api-key': account.credential },
        body: { contents: [{ role: 'user', parts: [{ text: question }] }] },
      }
  }
}

/**
 * Live sample traffic against a guard on this machine: every persona calls on its own beat, from the
 * addresses it is known by (the demo's guard trusts forwarding headers of the loopback address). Those
 * whose program solves puzzles call by `solvingFetch`.
 */
export const startTraffic = (
  guardUrl: string,
  personas: readonly Persona[],
  solvingFetch: typeof fetch,
): Traffic => {
  const timers = new Set<NodeJS.Timeout>()
  const leaving = new AbortController()
  const call = async (persona: Persona, turn: number): Promise<void> => {
    const account = persona.accounts[turn % persona.accounts.length]
    if (account === undefined) return
    const { path, headers, body } = requestOf(persona, account, turn)
    const address = persona.addresses[turn % persona.addresses.length] ?? ''
    const send = persona.solves === true ? solvingFetch : fetch
    const answer = await send(new URL(path, guardUrl), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify(body),
      signal: leaving.signal,
    })
    await answer.arrayBuffer()
  }
  for (const persona of personas) {
    let turn = 0
    const beat = (): void => {
      // What goes wrong is in the guard's record; the demo's callers do not mind.
      call(persona, turn++).catch(() => {})
    }
    timers.add(setInterval(beat, persona.everyMs))
    beat()
  }
  return {
    stop: () => {
      for (const timer of timers) clearInterval(timer)
      leaving.abort()
    },
  }
}
