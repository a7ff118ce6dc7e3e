import { DAY_MS } from '../core/time.ts'
import type { AccountRecord } from '../signals/account-record.ts'
import type { Funding } from './cards.ts'
import type { Random } from './random.ts'

/** What is known of a simulated account. */
export type AccountSketch = {
  readonly id: string
  readonly entity?: string
  readonly reseller?: boolean
  readonly createdMs: number
  readonly signupIp: string
  readonly userAgent: string
  readonly emailPattern: string
  readonly emailDomain: string
  readonly disposable?: boolean
  readonly country: string | undefined
  readonly status: 'active' | 'trial'
  readonly verified: 'none' | 'email' | 'phone' | 'business' | 'identity'
  readonly activeDays: number
  readonly funding: Funding
  /** Monthly payments since then; `undefined` for none. */
  readonly paidFromMs: number | undefined
  /** Payments in all; no end where absent. */
  readonly payments?: number
  /** US dollars of one payment. */
  readonly usd: number
}

const MONTH_MS = 30 * DAY_MS
const MAX_PAYMENTS = 60

const paymentsOf = (sketch: AccountSketch, untilMs: number): { at: number; usd: number }[] => {
  const payments: { at: number; usd: number }[] = []
  if (sketch.paidFromMs === undefined) return payments
  for (let atMs = sketch.paidFromMs; atMs < untilMs; atMs += MONTH_MS) {
    payments.push({ at: Math.floor(atMs), usd: sketch.usd })
  }
  return payments.slice(0, sketch.payments).slice(-MAX_PAYMENTS)
}

/**
 * The line of an account in the accounts file. Payments of the days to come stand in it too: tenure moves
 * with the clock of the trace.
 */
export const accountLine = (sketch: AccountSketch, untilMs: number): AccountRecord => {
  const { funding, country, createdMs } = sketch
  const settled = paymentsOf(sketch, untilMs)
  return {
    id: sketch.id,
    ...(sketch.entity === undefined ? {} : { entity: sketch.entity }),
    created_at: Math.floor(createdMs),
    ...(sketch.reseller === true ? { reseller: true } : {}),
    signup: {
      at: Math.floor(createdMs),
      ip: sketch.signupIp,
      user_agent: sketch.userAgent,
      email_pattern: sketch.emailPattern,
    },
    settled,
    account: {
      active_days: sketch.activeDays,
      status: sketch.status,
      plan:
        funding.status === 'invoice' ? 'business' : settled.length > 0 ? 'pay-as-you-go' : 'free',
      ...(country === undefined ? {} : { country }),
      verified: sketch.verified,
      email_domain: sketch.emailDomain,
      email_disposable: sketch.disposable ?? false,
    },
    payment: {
      status: funding.status,
      verified: settled.length > 0,
      ...(funding.funding === undefined ? {} : { funding: funding.funding }),
      ...(funding.issuer === undefined ? {} : { issuer: funding.issuer }),
      ...(funding.instrument === undefined ? {} : { instrument: funding.instrument }),
      ...(funding.country === undefined ? {} : { country: funding.country }),
      disputes: 0,
    },
  }
}

const BROWSERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1',
]

/** A browser to sign up with. */
export const browserOf = (random: Random): string => random.pick(BROWSERS)
