import { UNKNOWN, type Findings, type Unknown } from '../core/facts.ts'

/** What came of asking a source: findings, or the one reason why there are none. */
export type Answer = Findings | Unknown

// Longer budgets make no sense on the path, and Node turns very long timers into one millisecond.
const MAX_BUDGET_MS = 60_000

/**
 * The answer of a pending source, or `late` once its budget is over, or `failed` where it rejects or
 * answers no object. Never rejects. The timer lives only as long as the wait; whatever the promise does
 * afterwards is swallowed. `onMiss` hears of both at the moment they are decided.
 */
export const answerInTime = (
  pending: PromiseLike<Findings>,
  budgetMs: number,
  onMiss: (why: 'late' | 'failed', error?: unknown) => void,
): Promise<Answer> =>
  new Promise((resolve) => {
    let done = false
    const finish = (answer: Answer): void => {
      done = true
      clearTimeout(timer)
      resolve(answer)
    }
    const giveUp = (): void => {
      if (done) return
      onMiss('late')
      finish(UNKNOWN.late)
    }
    const fail = (error: unknown): void => {
      if (done) return
      onMiss('failed', error)
      finish(UNKNOWN.failed)
    }
    const arrive = (findings: unknown): void => {
      if (done) return
      if (typeof findings !== 'object' || findings === null) {
        fail(new TypeError('the source answered nothing'))
      } else {
        finish(findings)
      }
    }
    // After a stall of the event loop timers fire before answers that lie ready in the sockets; one turn
    // more lets those in.
    const timer = setTimeout(() => void setImmediate(giveUp), Math.min(budgetMs, MAX_BUDGET_MS))
    // `resolve` passes a native promise on and tames a thenable that throws.
    void Promise.resolve(pending).then(arrive, fail)
  })
