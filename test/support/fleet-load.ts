import type { Admission, Demand } from '../../src/core/decision.ts'
import { aCost, aDemand } from './a-demand.ts'
import type { Fleet } from './fleet-rig.ts'
import { until } from './wait.ts'

/** One admission of a load. */
export type LoadCall = {
  readonly member: number
  readonly account: Account
  readonly waitMs: number
  /** How late a bare timer of 50 ms was that was set beside it: the machine's part of the wait. */
  lateMs: number
  /** Whether the member stood alone when it was asked, so that nothing could be waited for. */
  readonly alone: boolean
  readonly admission: Admission
}

/** `spread` asks all members alike; `lopsided` only the first, until told otherwise. */
export type Account = 'spread' | 'lopsided'

export const QUOTAS: { readonly [account in Account]: number } = { spread: 150, lopsided: 60 }
const AT_ONCE = 60
const TOKENS = 10_000_000
const RESERVED = aCost(10, 20)
/** Less than was reserved, so that every call gives something back. */
const USED = aCost(9, 4)
const HOUR_MS = 3_600_000

const calls = (account: Account): Demand =>
  aDemand({ limit: 'calls', key: account, quota: QUOTAS[account], windowMs: HOUR_MS })
const running = (account: Account): Demand =>
  aDemand({
    limit: 'at-once',
    key: account,
    counted: 'concurrent',
    quota: AT_ONCE,
    windowMs: 0,
  })
const tokens = (account: Account): Demand =>
  aDemand({
    limit: 'tokens',
    key: account,
    counted: 'tokens',
    quota: TOKENS,
    windowMs: 24 * HOUR_MS,
    align: 'utc',
  })
/** One counter that every call of every member charges. */
const seen = (): Demand =>
  aDemand({ limit: 'seen', key: 'all', quota: TOKENS, windowMs: HOUR_MS, align: 'rolling' })

const STEP_MS = 4
const BARE_MS = 50
const MOST_AT_A_TIME = 12

/** A paced load of a fleet. Calls run for a while after they were admitted, and use less than reserved. */
export type FleetLoad = {
  readonly done: readonly LoadCall[]
  readonly failures: readonly unknown[]
  /** The most calls that were being asked for at the same time. */
  mostInFlight(): number
  /** Lets `lopsided` ask every member from now on. */
  spreadAll(): void
  /** Resolves once so many more calls were answered. */
  goOn(calls: number): Promise<void>
  admitted(account: Account): number
  /** Ends the load; resolves once every call has ended. */
  stop(): Promise<void>
  /** What a counter holds as a member sees it. */
  used(member: number, limit: 'calls' | 'at-once' | 'tokens', account: Account): Promise<number>
  /** Tokens that were used by the calls that were admitted. */
  tokensUsed(account: Account): number
}

export const startFleetLoad = (
  fleet: Fleet,
  options: { readonly perSecond?: number; readonly runsMs?: number } = {},
): FleetLoad => {
  const { perSecond = 240, runsMs = 25 } = options
  const done: LoadCall[] = []
  const failures: unknown[] = []
  let open = 0
  let bare = 0
  let inFlight = 0
  let most = 0
  let everywhere = false
  let started = 0

  const ended = (call: LoadCall): void => {
    done.push(call)
    const { admission, member } = call
    if (!admission.admitted) return
    open++
    setTimeout(() => {
      open--
      fleet.members[member]?.limiter.settle(admission.lease, USED, Date.now())
    }, runsMs)
  }

  /** Tells how late a timer is that is set when a request is sent, and heard as its deadline is. */
  const bareTimer = (tell: (lateMs: number) => void): void => {
    bare++
    const askedMs = performance.now()
    setImmediate(() =>
      setTimeout(
        () =>
          setImmediate(() => {
            bare--
            tell(Math.max(0, performance.now() - askedMs - BARE_MS))
          }),
        BARE_MS,
      ),
    )
  }

  const ask = (call: number): void => {
    const account: Account = call % 2 === 0 ? 'spread' : 'lopsided'
    const member = account === 'lopsided' && !everywhere ? 0 : (call >> 1) % fleet.members.length
    const limiter = fleet.members[member]?.limiter
    if (limiter === undefined) throw new Error('no such member')
    const demands = [calls(account), running(account), tokens(account), seen()]
    const alone = limiter.state().ledgers.every(({ state }) => state === 'degraded')
    const askedMs = performance.now()
    const came = (admission: Admission): LoadCall => {
      const waitMs = performance.now() - askedMs
      const one: LoadCall = { member, account, waitMs, lateMs: 0, alone, admission }
      ended(one)
      return one
    }
    try {
      const admission = limiter.admit(demands, RESERVED, Date.now())
      if (!(admission instanceof Promise)) return void came(admission)
      most = Math.max(most, ++inFlight)
      let late = 0
      let answered: LoadCall | undefined
      bareTimer((lateMs) => {
        late = lateMs
        if (answered !== undefined) answered.lateMs = late
      })
      admission
        .then(
          (admitted) => {
            answered = came(admitted)
            answered.lateMs = late
          },
          (error: unknown) => failures.push(error),
        )
        .finally(() => inFlight--)
    } catch (error) {
      failures.push(error)
    }
    return undefined
  }

  let lastMs = performance.now()
  let owed = 0
  const pacer = setInterval(() => {
    const nowMs = performance.now()
    owed = Math.min(MOST_AT_A_TIME, owed + ((nowMs - lastMs) * perSecond) / 1_000)
    lastMs = nowMs
    for (; owed >= 1; owed--) ask(started++)
  }, STEP_MS)

  const admitted = (account: Account): number =>
    done.filter((call) => call.account === account && call.admission.admitted).length
  return {
    done,
    failures,
    mostInFlight: () => most,
    spreadAll: () => {
      everywhere = true
    },
    goOn: async (count) => {
      const before = done.length + failures.length
      await until('the load to go on', () => done.length + failures.length >= before + count)
    },
    admitted,
    stop: async () => {
      clearInterval(pacer)
      await until('every call to end', () => open + inFlight + bare === 0)
    },
    used: (member, limit, account) => {
      const demand = { calls, 'at-once': running, tokens }[limit](account)
      const quota = Number.MAX_SAFE_INTEGER
      const look = async (): Promise<number | false> => {
        const limiter = fleet.members[member]?.limiter
        const [state] = (await limiter?.peek([{ ...demand, quota }], Date.now())) ?? []
        return limiter?.state().degraded === false && quota - (state?.remaining ?? -1)
      }
      // A machine that is very busy costs an answer now and then, and each of them a cool-down.
      return until('a member that is not alone', look, 25_000)
    },
    tokensUsed: (account) => admitted(account) * (USED.inputTokens + USED.outputTokens),
  }
}

/** The value below which a share of all lie. */
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0
