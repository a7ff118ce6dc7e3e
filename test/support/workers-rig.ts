import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { GuardProcess } from './guard-process.ts'

/** Process ids of the workers of a guard (Linux). */
export const workersOf = ({ child }: Pick<GuardProcess, 'child'>): readonly number[] => {
  const { pid } = child
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Whether a process is there and no zombie. */
export const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** What one call came to; status 0 where the connection broke. */
export type Came = { readonly status: number; readonly id: string }

/** A client that keeps its connections, so that which worker has them stays as it is. */
export type KeptClient = {
  call(options?: { readonly key?: string; readonly model?: string }): Promise<Came>
  close(): void
}

/** Opens a client with at most so many connections. */
export const keptClient = (url: string, connections: number): KeptClient => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    call: ({ key = 'sk-workers', model = 'm' } = {}) =>
      new Promise((resolve) => {
        const asked = request(
          `${url}/v1/chat/completions`,
          {
            method: 'POST',
            agent,
            headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
          },
          (answer) => {
            answer.resume()
            const id = String(answer.headers['x-stillwatch-decision'] ?? '')
            answer.on('end', () => resolve({ status: answer.statusCode ?? 0, id }))
            answer.on('error', () => resolve({ status: 0, id }))
          },
        )
        asked.on('error', () => resolve({ status: 0, id: '' }))
        asked.end(JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }))
      }),
    close: () => agent.destroy(),
  }
}
